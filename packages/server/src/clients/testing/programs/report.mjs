/** What every program has in common: where the server is, what it asks, and how it tells what came of it. */
export const baseURL = process.env.SERVER_URL;
export const model = process.env.SERVER_MODEL;
export const apiKey = 'none is asked for';

export const QUESTION = 'What is the weather in Paris?';
export const REQUEST = 'Invent a person: name, age and mood.';
export const ANOTHER = 'Now invent another person.';

/** What the tool gives. */
export const weatherOf = (city) => ({ city, celsius: 21, sky: 'clear' });

/** Runs each scenario, whatever becomes of the others, and prints by name what it gave or why it failed. */
export async function report(scenarios) {
  const told = {};
  for (const [name, run] of Object.entries(scenarios)) {
    try {
      told[name] = { kind: 'done', ...(await run()) };
    } catch (error) {
      told[name] = { kind: 'failed', error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  }
  process.stdout.write(JSON.stringify(told));
}
