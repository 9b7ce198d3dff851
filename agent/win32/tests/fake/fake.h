/* What the stand-ins for Windows' own libraries share: a script in the folder HIGHWATER_FAKE (for a
   service, which has no environment of ours, C:\\highwater-fake) says what they answer, and a count of
   what was handed out and not given back is kept beside it.

   A line of a script is words between blanks. A text is the hexadecimal digits of its UTF-16 units, four each: so that any name can
   be served, also one that is no text; "." is the empty one and "-" a null pointer. */
#ifndef FAKE_H
#define FAKE_H

#include <windows.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 12, LINE = 1 << 16 };

static inline FILE *fake_open(const char *name, const char *how)
{
    char folder[MAX_PATH], path[MAX_PATH * 2];
    DWORD len = GetEnvironmentVariableA("HIGHWATER_FAKE", folder, sizeof folder);
    if (len == 0 || len >= sizeof folder) strcpy(folder, "C:\\highwater-fake");
    snprintf(path, sizeof path, "%s\\%s", folder, name);
    return fopen(path, how);
}

/* Splits a line in place; answers how many words there are. */
static inline int fake_words(char *line, char *words[WORDS])
{
    int count = 0;
    for (char *word = strtok(line, " \r\n"); word && count < WORDS; word = strtok(NULL, " \r\n")) words[count++] = word;
    for (int i = count; i < WORDS; i++) words[i] = "0";
    return count;
}

static inline DWORD fake_number(const char *word)
{
    return (DWORD)strtoull(word, NULL, 0);
}

static inline size_t fake_units(const char *text)
{
    return text[0] == '.' || text[0] == '-' ? 0 : strlen(text) / 4;
}

/* Writes a text and its 0 where `at` points to, moves `at` on, and answers where the text begins; null for "-". */
static inline WCHAR *fake_text(const char *text, WCHAR **at)
{
    if (text[0] == '-') return NULL;
    WCHAR *start = *at;
    for (size_t i = 0; i < fake_units(text); i++) {
        char four[5] = {0};
        memcpy(four, text + 4 * i, 4);
        WCHAR unit = (WCHAR)strtoul(four, NULL, 16);
        memcpy((*at)++, &unit, sizeof unit);
    }
    WCHAR end = 0;
    memcpy((*at)++, &end, sizeof end);
    return start;
}

static volatile LONG fake_left;

/* Keeps how many things are handed out now. */
static inline void fake_count(const char *name, LONG change)
{
    LONG left = InterlockedExchangeAdd(&fake_left, change) + change;
    FILE *file = fake_open(name, "w");
    if (!file) return;
    fprintf(file, "%ld\n", left);
    fclose(file);
}

#endif
