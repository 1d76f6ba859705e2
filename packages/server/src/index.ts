export type * from './engine/text-engine.js';
