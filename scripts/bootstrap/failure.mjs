/** A step that could not be done: `message` says what happened, `remedy` what the reader can do about it. */
export class StepFailure extends Error {
  /**
   * @param {string} message
   * @param {string} remedy
   */
  constructor(message, remedy) {
    super(message);
    this.name = 'StepFailure';
    this.remedy = remedy;
  }
}

/**
 * Runs a command's body: its return value becomes the exit code; a StepFailure is printed without a stack trace.
 *
 * @param {() => Promise<number>} body
 */
export async function exitWith(body) {
  try {
    process.exitCode = await body();
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    console.error(`\n✖ ${error.message}\n  ${error.remedy.replaceAll('\n', '\n  ')}`);
    process.exitCode = 1;
  }
}
