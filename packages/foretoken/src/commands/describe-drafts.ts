import type { ModelText, ResolvedModel, WeightsFile } from '@foretoken/backend';

/** Whether a model can run, and what can guess for it, as far as can be told without loading it. Lines without line ends. */
export async function describeDrafts(
  { name, weights }: Pick<ResolvedModel, 'name' | 'weights'>,
  file: WeightsFile,
): Promise<readonly string[]> {
  const { loadModelText } = await import('@foretoken/backend');
  let text: ModelText;
  try {
    text = await loadModelText(weights, { allowDownload: false });
    await readOneRowOfEachType(file);
  } catch (error) {
    return [`runs          no: ${error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error)}`];
  }
  const { layers } = text.configuration;
  const pair = await describePair(name);
  const models = await draftModels(text, name, storedBytes(file));
  return [
    `runs          yes${text.chatTemplate === undefined ? ', without a chat template: generate only' : ''}`,
    `drafts        auto, lookup, suffix, recycling, cascade, prediction, early-exit:1 to early-exit:${layers - 1}`,
    ...(pair === undefined ? [] : [`drafts with   ${pair}`]),
    `draft models  ${models.length === 0 ? 'none in the cache that is smaller and has its vocabulary' : models.map((model) => `model:${model}`).join(', ')}`,
  ];
}

/** The draft model that is registered for a model, and whether `auto` finds it. */
async function describePair(name: string): Promise<string | undefined> {
  const { cachedDraftModelOf, registeredModels } = await import('@foretoken/backend');
  const draft = Object.hasOwn(registeredModels, name) ? registeredModels[name]?.draft : undefined;
  if (draft === undefined) return undefined;
  const cached = await cachedDraftModelOf(name);
  return cached === undefined ? `${draft}, once it is fetched: foretoken models pull ${name} --with-draft` : draft;
}

/** Throws what reading a tensor would throw: types are refused where they are read, not where they are listed. */
async function readOneRowOfEachType(file: WeightsFile): Promise<void> {
  const examples = new Map([...file.tensors.values()].map(({ type, name }) => [type, name]));
  for (const tensor of examples.values()) await file.readFloat32(tensor, { rows: { start: 0, end: 1 } });
}

function storedBytes({ tensors }: WeightsFile): number {
  return [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** Models in the cache that are smaller and speak the same tokens. */
async function draftModels(target: ModelText, name: string, bytes: number): Promise<readonly string[]> {
  const { listModels, loadModelText } = await import('@foretoken/backend');
  const fitting: string[] = [];
  for (const model of await listModels()) {
    if (!model.cached || model.name === name || model.bytes >= bytes) continue;
    const other = await loadModelText(model.name, { allowDownload: false }).catch(() => undefined);
    if (other !== undefined && speakSameTokens(target, other)) fitting.push(model.name);
  }
  return fitting;
}

function speakSameTokens({ tokenizer: one }: ModelText, { tokenizer: other }: ModelText): boolean {
  if (one.vocabularySize !== other.vocabularySize) return false;
  for (let token = 0; token < one.vocabularySize; token++) {
    if (one.tokenText(token) !== other.tokenText(token)) return false;
  }
  return true;
}
