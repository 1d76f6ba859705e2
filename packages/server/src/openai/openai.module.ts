import { Module } from '@nestjs/common';
import { Answering } from './answering.js';
import { ChatController } from './chat.controller.js';
import { CompletionsController } from './completions.controller.js';
import { Generations } from './generations.js';
import { ModelsController } from './models.controller.js';
import { ResponsesController } from './responses/responses.controller.js';
import { StatusController } from './status.controller.js';
import { TextController } from './text.controller.js';

/** OpenAI's endpoints and llama-server's. Needs the parts of the server from a global module. */
@Module({
  controllers: [
    ChatController,
    CompletionsController,
    ResponsesController,
    ModelsController,
    TextController,
    StatusController,
  ],
  providers: [Generations, Answering],
})
export class OpenAiModule {}
