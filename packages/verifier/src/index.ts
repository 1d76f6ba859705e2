export { exactMatch } from './exact-match.js';
