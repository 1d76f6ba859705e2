export { chooseSchema, isCheap, type SchemaChoice } from './arguments-schema.js';
export { InvalidToolsError } from './errors.js';
export { foldToolMessages } from './fold-tool-messages.js';
export { checkTools, planTools, type ToolPlan, type ToolPlanOptions } from './plan-tools.js';
export { templateKnowsTools } from './template-knows-tools.js';
export type { ToolCallEvent, ToolCallParser } from './tool-call-parser.js';
export type { ToolChoice, ToolDefinition } from './tool-definition.js';
