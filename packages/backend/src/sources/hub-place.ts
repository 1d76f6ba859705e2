/** How the hub is reached where the environment shall not decide. */
export interface HubAccess {
  readonly revision?: string;
  readonly hubUrl?: string;
  readonly accessToken?: string;
}

/** What functions of `@huggingface/hub` take to say which repository, where, and as whom. */
export function hubPlace(repository: string, access: HubAccess) {
  const hubUrl = access.hubUrl ?? process.env.HF_ENDPOINT;
  const accessToken = access.accessToken ?? process.env.HF_TOKEN;
  return {
    repo: { type: 'model' as const, name: repository },
    revision: access.revision ?? 'main',
    ...(hubUrl ? { hubUrl: hubUrl.replace(/\/+$/, '') } : {}),
    ...(accessToken ? { accessToken } : {}),
  };
}

/** What went wrong, in words: fetch hides it ("fetch failed") in the cause. */
export function describeHubFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
