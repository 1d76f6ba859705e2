import type { ModelText } from '@foretoken/backend';
import { createChatTemplate, createTokenizerFromGguf } from '@foretoken/core/text';
import { smallByteLevelMetadata } from '../../../../core/src/text/testing/small-vocabularies.js';

const TEMPLATE =
  '{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}' +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';

/** A byte-level tokenizer with ChatML, for tests without a model. */
export function smallText(): ModelText {
  const tokenizer = createTokenizerFromGguf(smallByteLevelMetadata());
  return {
    name: 'scripted',
    tokenizer,
    chatTemplate: createChatTemplate(TEMPLATE),
    contextLength: 64,
    vocabularySize: tokenizer.vocabularySize,
    configuration: {} as ModelText['configuration'],
  };
}
