/* The few functions on memory and text that a C library would bring. */
#include "kernel.h"

void *memcpy(void *to, const void *from, size_t size) {
  unsigned char *t = to;
  const unsigned char *f = from;
#if defined(__x86_64__)
  __asm__ volatile("rep movsb" : "+D"(t), "+S"(f), "+c"(size)::"memory");
#else
  while (size--) *t++ = *f++;
#endif
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  unsigned char *t = to;
  const unsigned char *f = from;
  if (t <= f) return memcpy(to, from, size);
  while (size--) t[size] = f[size];
  return to;
}

void *memset(void *to, int byte, size_t size) {
  unsigned char *t = to;
  while (size--) *t++ = (unsigned char)byte;
  return to;
}

size_t text_length(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

int text_equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

/* What follows the prefix, or NULL where the text begins otherwise. */
const char *text_after(const char *text, const char *prefix) {
  while (*prefix)
    if (*text++ != *prefix++) return NULL;
  return text;
}

/* Where the character is, or the end of the text. */
const char *text_find(const char *text, char wanted) {
  while (*text && *text != wanted) text++;
  return text;
}

/* A decimal number that is followed by `end`. Answers 0 for anything else. */
int parse_number(const char *text, char end, uint32_t *number) {
  uint64_t value = 0;
  if (*text == end) return 0;
  for (; *text != end; text++) {
    if (*text < '0' || *text > '9') return 0;
    value = value * 10 + (uint64_t)(*text - '0');
    if (value > UINT32_MAX) return 0;
  }
  *number = (uint32_t)value;
  return 1;
}

/* Decimal digits and a zero byte; answers how many digits. */
size_t print_number(char *to, uint32_t number) {
  char digits[10];
  size_t length = 0;
  do digits[length++] = (char)('0' + number % 10);
  while (number /= 10);
  for (size_t i = 0; i < length; i++) to[i] = digits[length - 1 - i];
  to[length] = 0;
  return length;
}

/* One line on stderr, written at once so that it cannot be torn apart. */
void complain(const char *first, const char *second, const char *third) {
  char line[512];
  size_t length = 0;
  const char *parts[] = {"muster: ", first, second, third, "\n"};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    const char *part = parts[i];
    /* A name may be long; the line's end has its place reserved. */
    while (*part && length < sizeof line - (i == 4 ? 0 : 80)) line[length++] = *part++;
  }
  sys_write(2, line, length);
}
