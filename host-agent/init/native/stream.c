#include "stream.h"

/* Who handles a kind; the place is its number. */
static const struct stream_handler *const by_kind[] = {
    [PROCESS] = &process_handler,
    [KEPT_PROCESS] = &kept_handler,
    [PROCESS_OUTPUT] = &output_handler,
    [PROCESS_CONTROL] = &kept_handler,
    [PROCESS_LIST] = &kept_handler,
    [FILES] = &process_handler,
    [CONNECTION] = &dial_handler,
};
#define KINDS (sizeof by_kind / sizeof *by_kind)

/* Everybody once. */
static const struct stream_handler *const handlers[] = {&process_handler, &kept_handler, &output_handler, &dial_handler};
#define HANDLERS (sizeof handlers / sizeof *handlers)

/* How many of the polls belong to whom. */
static size_t counts[HANDLERS];

static const struct stream_handler *holder(uint32_t stream) {
  for (size_t i = 0; i < HANDLERS; i++)
    if (handlers[i]->has(stream)) return handlers[i];
  return NULL;
}

static const char *open_stream(uint32_t stream, const uint8_t *body, size_t size) {
  if (stream == 0 || holder(stream)) return "a stream that is open already";
  uint32_t kind = size < 2 ? 0 : body[0] | (uint32_t)body[1] << 8;
  if (kind >= KINDS || !by_kind[kind]) return "a stream of an unknown kind";
  return by_kind[kind]->open(stream, body, size);
}

const char *streams_frame(uint8_t type, uint8_t channel, uint32_t stream, const uint8_t *body, size_t size) {
  if (type == OPEN) return open_stream(stream, body, size);
  if (type == DATA && channel != IN) return "data on a channel that is not the agent's";
  if (type == CREDIT && channel != OUT && channel != ERR) return "a credit for a channel that is not the agent's";
  if (type == CREDIT && size != 4) return "a credit of a wrong size";
  if (type < OPENED || type == CLOSED) return "a frame of an unknown type";
  /* A stream that is over already may still get some. */
  const struct stream_handler *handler = holder(stream);
  if (!handler) return NULL;
  if (type == DATA && handler->data) return handler->data(stream, body, size);
  if (type == END && handler->end) return handler->end(stream);
  if (type == CREDIT && handler->credit) return handler->credit(stream, channel, u32_at(body));
  if (type == RESET && handler->reset) return handler->reset(stream);
  return handler->control ? handler->control(stream, type, body, size) : "a frame that this kind of stream does not know";
}

void streams_link_ended(void) {
  for (size_t i = 0; i < HANDLERS; i++)
    if (handlers[i]->link_ended) handlers[i]->link_ended();
}

size_t streams_interest(struct pollfd *polls) {
  size_t count = 0;
  for (size_t i = 0; i < HANDLERS; i++) {
    counts[i] = handlers[i]->interest && count + handlers[i]->poll_slots <= POLL_SLOTS ? handlers[i]->interest(polls + count) : 0;
    count += counts[i];
  }
  return count;
}

void streams_move(const struct pollfd *polls) {
  for (size_t i = 0; i < HANDLERS; polls += counts[i++])
    if (handlers[i]->move) handlers[i]->move(polls, counts[i]);
}

int streams_push(void) {
  int sent = 0;
  for (size_t i = 0; i < HANDLERS; i++)
    if (handlers[i]->push) sent |= handlers[i]->push();
  return sent;
}
