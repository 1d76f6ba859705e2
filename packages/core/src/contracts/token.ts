declare const tokenIdBrand: unique symbol;

/** The number of a token in a vocabulary. Batches of ids travel as `Int32Array`. */
export type TokenId = number & { readonly [tokenIdBrand]: 'TokenId' };
