/** The clients that the server is tried with, as their registries have them. The table in docs/integration.md says the same. */
export const NPM_PACKAGES = {
  openai: '7.59.0',
  ai: '7.0.173',
  '@ai-sdk/openai': '4.0.118',
  '@langchain/openai': '1.6.0',
  '@langchain/core': '1.4.0',
  '@openai/agents': '0.20.0',
  zod: '4.6.7',
} as const;

export const PYPI_PACKAGES = { openai: '3.57.0', litellm: '1.110.2' } as const;
