import { planName, withoutUndefined } from '@foretoken/core';
import { type Attributes, type Span, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import type { RoundView, TextRequest } from '../engine/text-engine.js';
import type { RequestObserver, RequestObservers } from '../metrics/request-observer.js';
import { currentParent } from './trace-context.js';

/** Rounds with an event of their own, so that a long answer is no large span; the first are the most telling. */
const MOST_ROUNDS = 100;

/**
 * One span a request, with its rounds as events. Attributes by OpenTelemetry's conventions for generative AI where they
 * have one, else under `foretoken.`; none holds any text of prompt or answer.
 */
export function spanObservers(options: { readonly tracer: Tracer; readonly model: string }): RequestObservers {
  const { tracer, model } = options;
  return {
    wantsViews: true,
    observe: (request) => {
      const attributes = requestAttributes(request, model);
      const name = `text_completion ${model}`;
      return observerOf(tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, currentParent()));
    },
  };
}

function observerOf(span: Span): RequestObserver {
  let rounds = 0;
  return {
    started: ({ waitedMilliseconds, reusedPromptTokens }) => {
      span.addEvent('started');
      span.setAttributes({
        'foretoken.queue.seconds': waitedMilliseconds / 1000,
        'gen_ai.usage.cache_read.input_tokens': reusedPromptTokens,
      });
    },
    round: ({ view }) => {
      if (view !== undefined && rounds < MOST_ROUNDS) span.addEvent('round', roundAttributes(view));
      if (rounds === 0) span.addEvent('first token');
      rounds++;
    },
    finished: (reason, statistics) => {
      const { promptTokens, generatedTokens, draftedTokens, acceptedTokens, milliseconds } = statistics;
      span.setAttributes({
        'gen_ai.usage.input_tokens': promptTokens,
        'gen_ai.usage.output_tokens': generatedTokens,
        'gen_ai.response.finish_reasons': [reason],
        'foretoken.rounds': statistics.rounds,
        'foretoken.draft_tokens': draftedTokens,
        'foretoken.accepted_tokens': acceptedTokens,
        'foretoken.fallbacks': Object.values(statistics.fallbacks).reduce((sum, count) => sum + count, 0),
        ...Object.fromEntries(
          Object.entries(statistics.standardReasons).map(([why, count]) => [`foretoken.standard_rounds.${why}`, count]),
        ),
        'foretoken.prefill.seconds': milliseconds.prefill / 1000,
        'foretoken.decode.seconds': milliseconds.decode / 1000,
      });
      span.end();
    },
    failed: (code) => {
      span.setAttribute('error.type', code);
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
      span.end();
    },
    left: () => {
      span.setAttribute('gen_ai.response.finish_reasons', ['abort']);
      span.end();
    },
  };
}

function requestAttributes({ id, prompt, maximumTokens, sampling }: TextRequest, model: string): Attributes {
  return withoutUndefined({
    'gen_ai.operation.name': 'text_completion',
    'gen_ai.provider.name': 'foretoken',
    'gen_ai.request.model': model,
    'foretoken.request.id': id,
    'foretoken.prompt_tokens': prompt.length,
    'gen_ai.request.max_tokens': maximumTokens,
    'gen_ai.request.temperature': sampling.temperature,
    'gen_ai.request.top_p': sampling.topP,
    'gen_ai.request.top_k': sampling.topK,
    'gen_ai.request.seed': sampling.seed,
    'gen_ai.request.frequency_penalty': sampling.frequencyPenalty,
    'gen_ai.request.presence_penalty': sampling.presencePenalty,
  });
}

function roundAttributes({ index, plan, tree, tokens, fallback, milliseconds }: RoundView): Attributes {
  return withoutUndefined({
    'foretoken.round': index,
    'foretoken.plan': planName(plan),
    'foretoken.draft_tokens': tree.length,
    'foretoken.accepted_tokens': tree.filter(({ accepted }) => accepted).length,
    'foretoken.tokens': tokens.length,
    'foretoken.fallback': fallback,
    'foretoken.draft.milliseconds': milliseconds.draft,
    'foretoken.forward.milliseconds': milliseconds.forward,
    'foretoken.verify.milliseconds': milliseconds.verify,
  });
}
