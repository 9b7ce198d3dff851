/* A stand-in for pdh.dll. Script pdh.txt:

     counter PATH INSTANCE RAW CSTATUS      an instance of the counter with this English path
     refuse PATH STATUS                     the counter cannot be opened
     fail open|collect STATUS

   A counter that no line names is not there. Handles that stay open are counted in pdh.left. */
#include "fake.h"
#include <pdh.h>
#include <pdhmsg.h>

typedef struct { int queries; } Query;
typedef struct Counter { WCHAR path[512]; struct Counter *next; } Counter;
static Counter *all_counters;

static int matches(const char *text, const WCHAR *path)
{
    WCHAR place[512], *at = place;
    if (fake_units(text) >= 511) return 0;
    fake_text(text, &at);
    return !wcscmp(place, path);
}

/* The number in this word of the first line that begins with these; -1 for none. */
static long long look(const char *first, const char *second, const WCHAR *path, int word)
{
    static __thread char line[LINE];
    char *words[WORDS];
    FILE *script = fake_open("pdh.txt", "r");
    long long found = -1;
    while (script && found < 0 && fgets(line, sizeof line, script)) {
        fake_words(line, words);
        if (!strcmp(words[0], first) && (second ? !strcmp(words[1], second) : matches(words[1], path)))
            found = strtoll(words[word], NULL, 0);
    }
    if (script) fclose(script);
    return found;
}

PDH_STATUS WINAPI PdhOpenQueryW(LPCWSTR source, DWORD_PTR user, PDH_HQUERY *query)
{
    long long status = look("fail", "open", NULL, 2);
    if (status > 0) return (PDH_STATUS)status;
    if (source) return PDH_INVALID_ARGUMENT;
    *query = calloc(1, sizeof(Query));
    fake_count("pdh.left", 1);
    return ERROR_SUCCESS;
}

PDH_STATUS WINAPI PdhCloseQuery(PDH_HQUERY query)
{
    while (all_counters) {
        Counter *next = all_counters->next;
        free(all_counters);
        all_counters = next;
        fake_count("pdh.left", -1);
    }
    free(query);
    fake_count("pdh.left", -1);
    return ERROR_SUCCESS;
}

PDH_STATUS WINAPI PdhAddEnglishCounterW(PDH_HQUERY query, LPCWSTR path, DWORD_PTR user, PDH_HCOUNTER *counter)
{
    long long status = look("refuse", NULL, path, 2);
    if (status > 0) return (PDH_STATUS)status;
    if (look("counter", NULL, path, 3) < 0) return PDH_CSTATUS_NO_COUNTER;
    Counter *made = calloc(1, sizeof *made);
    wcsncpy(made->path, path, 511);
    made->next = all_counters;
    all_counters = made;
    *counter = made;
    fake_count("pdh.left", 1);
    return ERROR_SUCCESS;
}

PDH_STATUS WINAPI PdhCollectQueryData(PDH_HQUERY query)
{
    long long status = look("fail", "collect", NULL, 2);
    return status > 0 ? (PDH_STATUS)status : ERROR_SUCCESS;
}

PDH_STATUS WINAPI PdhGetRawCounterArrayW(PDH_HCOUNTER handle, LPDWORD bytes, LPDWORD count, PPDH_RAW_COUNTER_ITEM_W items)
{
    static __thread char line[LINE];
    char *words[WORDS];
    Counter *counter = handle;
    for (int writing = 0; writing < 2; writing++) {
        FILE *script = fake_open("pdh.txt", "r");
        SIZE_T needs = 0, found = 0;
        WCHAR *at = writing ? (WCHAR *)(items + *count) : NULL;
        while (script && fgets(line, sizeof line, script)) {
            fake_words(line, words);
            if (strcmp(words[0], "counter") || !matches(words[1], counter->path)) continue;
            if (writing) {
                PDH_RAW_COUNTER_ITEM_W *item = items + found;
                memset(item, 0, sizeof *item);
                item->szName = fake_text(words[2], &at);
                item->RawValue.FirstValue = strtoll(words[3], NULL, 0);
                item->RawValue.CStatus = fake_number(words[4]);
            }
            found++;
            needs += sizeof(PDH_RAW_COUNTER_ITEM_W) + (fake_units(words[2]) + 1) * sizeof(WCHAR);
        }
        if (script) fclose(script);
        if (!writing) {
            DWORD given = *bytes;
            *bytes = (DWORD)needs;
            *count = (DWORD)found;
            if (needs && (!items || given < needs)) return PDH_MORE_DATA;
        }
    }
    return ERROR_SUCCESS;
}
