export { InvalidProposalError, NotAChainError } from './errors.js';
export { exactMatch } from './exact-match.js';
export { matchOrReject } from './match-or-reject.js';
export { rejectionSampling } from './rejection-sampling.js';
export { treeSampling } from './tree-sampling.js';
