/* A stand-in for wevtapi.dll. Script wevtapi.txt, in order of time:

     event RECORD-ID PROVIDER XML MESSAGE      the message "-": the provider's texts are not on this computer
     fail FUNCTION STATUS                      subscribe, next, render or bookmark
     log OLDEST RECORDS
     rest MILLISECONDS                         how often the script is looked at for more, 20 unless it says so at first

   Lines may be added while somebody is subscribed. A bookmark stands for a record id; in strict mode one whose record is not there is
   stale. Handles that stay open are counted in wevtapi.left. */
#include "fake.h"
#include <winevt.h>

typedef enum { RESULTS = 1, EVENT, BOOKMARK, PROVIDER, LOG } Type;
typedef struct {
    Type type;
    /* Of an event or a bookmark; 0 for an empty bookmark. */
    ULONGLONG record;
    /* How many events of the script were handed out. */
    SIZE_T given;
    HANDLE signal, thread;
    volatile LONG ends;
    WCHAR name[256];
} Object;

static Object *make(Type type)
{
    Object *made = calloc(1, sizeof *made);
    made->type = type;
    fake_count("wevtapi.left", 1);
    return made;
}

static DWORD failure(const char *function)
{
    static __thread char line[LINE];
    char *words[WORDS];
    FILE *script = fake_open("wevtapi.txt", "r");
    DWORD status = script ? 0 : ERROR_NOT_SUPPORTED;
    while (script && fgets(line, sizeof line, script)) {
        fake_words(line, words);
        if (!strcmp(words[0], "fail") && !strcmp(words[1], function)) status = fake_number(words[2]);
    }
    if (script) fclose(script);
    return status;
}

/* The event number `place` (from 0), or with this record id if place is -1; its words point into `line`. */
static int find(long long place, ULONGLONG record, char line[LINE], char *words[WORDS])
{
    FILE *script = fake_open("wevtapi.txt", "r");
    long long seen = 0;
    int found = 0;
    while (script && !found && fgets(line, LINE, script)) {
        fake_words(line, words);
        if (strcmp(words[0], "event")) continue;
        found = place >= 0 ? seen == place : strtoull(words[1], NULL, 0) == record;
        if (!found) seen++;
    }
    if (script) fclose(script);
    return found ? (int)seen + 1 : 0;
}

static DWORD WINAPI watch(LPVOID argument)
{
    static __thread char line[LINE];
    char *words[WORDS];
    Object *results = argument;
    DWORD rest = 20;
    FILE *script = fake_open("wevtapi.txt", "r");
    while (script && fgets(line, sizeof line, script)) {
        fake_words(line, words);
        if (!strcmp(words[0], "rest")) rest = fake_number(words[1]);
    }
    if (script) fclose(script);
    while (!results->ends) {
        if (find((long long)results->given, 0, line, words)) SetEvent(results->signal);
        Sleep(rest);
    }
    return 0;
}

EVT_HANDLE WINAPI EvtSubscribe(EVT_HANDLE session, HANDLE signal, LPCWSTR channel, LPCWSTR query, EVT_HANDLE bookmark,
                               PVOID context, EVT_SUBSCRIBE_CALLBACK callback, DWORD flags)
{
    static __thread char line[LINE];
    char *words[WORDS];
    DWORD status = failure("subscribe");
    SIZE_T given = 0;
    if (!status && (session || channel || callback || !signal || !query || !wcsstr(query, L"<QueryList>")))
        status = ERROR_INVALID_PARAMETER;
    if (!status && flags == (EvtSubscribeStartAfterBookmark | EvtSubscribeStrict)) {
        int place = bookmark ? find(-1, ((Object *)bookmark)->record, line, words) : 0;
        if (!place) status = ERROR_EVT_QUERY_RESULT_STALE;
        given = (SIZE_T)place;
    } else if (!status && flags != EvtSubscribeStartAtOldestRecord) status = ERROR_INVALID_PARAMETER;
    if (status) {
        SetLastError(status);
        return NULL;
    }
    Object *results = make(RESULTS);
    results->given = given;
    results->signal = signal;
    results->thread = CreateThread(NULL, 0, watch, results, 0, NULL);
    return results;
}

BOOL WINAPI EvtNext(EVT_HANDLE handle, DWORD most, EVT_HANDLE *events, DWORD timeout, DWORD flags, PDWORD returned)
{
    static __thread char line[LINE];
    char *words[WORDS];
    Object *results = handle;
    DWORD status = failure("next"), count = 0;
    while (!status && count < most && find((long long)results->given, 0, line, words)) {
        Object *event = make(EVENT);
        event->record = strtoull(words[1], NULL, 0);
        events[count++] = event;
        results->given++;
    }
    *returned = count;
    if (!status && count == 0) status = ERROR_NO_MORE_ITEMS;
    SetLastError(status);
    return !status;
}

/* Gives a text as EvtRender and EvtFormatMessage do: sizes in units of `unit` bytes. */
static BOOL give(const WCHAR *text, DWORD unit, DWORD size, PVOID buffer, PDWORD used)
{
    DWORD needs = (DWORD)((wcslen(text) + 1) * sizeof(WCHAR) / unit);
    *used = needs;
    if (size < needs || !buffer) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    memcpy(buffer, text, needs * unit);
    return TRUE;
}

BOOL WINAPI EvtRender(EVT_HANDLE context, EVT_HANDLE fragment, DWORD flags, DWORD size, PVOID buffer, PDWORD used,
                      PDWORD properties)
{
    static __thread char line[LINE];
    static __thread WCHAR text[LINE];
    char *words[WORDS];
    Object *object = fragment;
    DWORD status = failure("render");
    if (!status && flags == EvtRenderBookmark && object->type == BOOKMARK)
        swprintf(text, LINE, L"<BookmarkList>\r\n  <Bookmark Channel='System' RecordId='%I64u' IsCurrent='true'/>\r\n</BookmarkList>", object->record);
    else if (!status && flags == EvtRenderEventXml && object->type == EVENT && find(-1, object->record, line, words)) {
        WCHAR *at = text;
        fake_text(words[3], &at);
    } else if (!status) status = ERROR_INVALID_PARAMETER;
    if (status) {
        SetLastError(status);
        return FALSE;
    }
    *properties = 0;
    return give(text, 1, size, buffer, used);
}

EVT_HANDLE WINAPI EvtCreateBookmark(LPCWSTR xml)
{
    const WCHAR *id = xml ? wcsstr(xml, L"RecordId='") : NULL;
    DWORD status = failure("bookmark");
    if (!status && xml && !id) status = ERROR_EVT_MALFORMED_XML_TEXT;
    if (status) {
        SetLastError(status);
        return NULL;
    }
    Object *bookmark = make(BOOKMARK);
    if (id) bookmark->record = _wcstoui64(id + wcslen(L"RecordId='"), NULL, 10);
    return bookmark;
}

BOOL WINAPI EvtUpdateBookmark(EVT_HANDLE bookmark, EVT_HANDLE event)
{
    ((Object *)bookmark)->record = ((Object *)event)->record;
    return TRUE;
}

EVT_HANDLE WINAPI EvtOpenPublisherMetadata(EVT_HANDLE session, LPCWSTR name, LPCWSTR file, LCID locale, DWORD flags)
{
    static __thread char line[LINE];
    char *words[WORDS];
    for (long long place = 0; find(place, 0, line, words); place++) {
        WCHAR provider[256], *at = provider;
        if (words[4][0] == '-' || fake_units(words[2]) >= 255) continue;
        fake_text(words[2], &at);
        if (wcscmp(provider, name)) continue;
        Object *made = make(PROVIDER);
        wcsncpy(made->name, name, 255);
        return made;
    }
    SetLastError(ERROR_EVT_PUBLISHER_METADATA_NOT_FOUND);
    return NULL;
}

BOOL WINAPI EvtFormatMessage(EVT_HANDLE provider, EVT_HANDLE event, DWORD id, DWORD count, PEVT_VARIANT values, DWORD flags,
                             DWORD size, LPWSTR buffer, PDWORD used)
{
    static __thread char line[LINE];
    static __thread WCHAR text[LINE];
    char *words[WORDS];
    WCHAR *at = text;
    if (flags != EvtFormatMessageEvent || !find(-1, ((Object *)event)->record, line, words) || words[4][0] == '-') {
        SetLastError(ERROR_EVT_MESSAGE_NOT_FOUND);
        return FALSE;
    }
    fake_text(words[4], &at);
    return give(text, sizeof(WCHAR), size, buffer, used);
}

EVT_HANDLE WINAPI EvtOpenLog(EVT_HANDLE session, LPCWSTR path, DWORD flags)
{
    if (flags != EvtOpenChannelPath || wcscmp(path, L"System")) {
        SetLastError(ERROR_EVT_CHANNEL_NOT_FOUND);
        return NULL;
    }
    return make(LOG);
}

BOOL WINAPI EvtGetLogInfo(EVT_HANDLE log, EVT_LOG_PROPERTY_ID property, DWORD size, PEVT_VARIANT value, PDWORD used)
{
    static __thread char line[LINE];
    char *words[WORDS] = {"", "0", "0"};
    FILE *script = fake_open("wevtapi.txt", "r");
    int found = 0;
    while (script && !found && fgets(line, sizeof line, script)) {
        fake_words(line, words);
        found = !strcmp(words[0], "log");
    }
    if (script) fclose(script);
    if (!found || size < sizeof *value) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    memset(value, 0, sizeof *value);
    value->Type = EvtVarTypeUInt64;
    value->UInt64Val = strtoull(words[property == EvtLogOldestRecordNumber ? 1 : 2], NULL, 0);
    *used = sizeof *value;
    return TRUE;
}

BOOL WINAPI EvtClose(EVT_HANDLE handle)
{
    Object *object = handle;
    if (object->thread) {
        object->ends = 1;
        WaitForSingleObject(object->thread, INFINITE);
        CloseHandle(object->thread);
    }
    free(object);
    fake_count("wevtapi.left", -1);
    return TRUE;
}
