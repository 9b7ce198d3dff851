/* A stand-in for netapi32.dll. Script netapi32.txt:

     session CLIENT USER OPENS AGE IDLE FLAGS TRANSPORT
     file ID PERMISSIONS LOCKS PATH USER
     share NAME TYPE MOST USES
     server USERS IDLE-MINUTES MAJOR MINOR LICENSES
     statistics START FOPENS SOPENS STIMEDOUT SERROROUT PWERRORS PERMERRORS SYSERRORS AVRESPONSE REQBUFNEED BIGBUFNEED
     refuse LEVEL STATUS          NetSessionEnum at this level answers so
     fail FUNCTION PAGE STATUS    session, file, share, server or statistics; pages count from 0
     page ENTRIES                 most of a page, whatever the caller prefers
     stall FUNCTION PAGE          from this page on: more data, and none

   A buffer ends where its page of memory ends, and the next page cannot be read: whoever reads too far crashes. Whoever frees what is
   no buffer, or frees it twice, ends the process with 99. */
#include "fake.h"
#include <lm.h>

static const DWORD MAGIC = 0x48575442;
typedef struct { DWORD magic; } Header;

/* `size` bytes that end at a page that cannot be read. */
static BYTE *allocate(SIZE_T size)
{
    const SIZE_T page = 4096;
    SIZE_T body = (size + page - 1) / page * page;
    /* The header has a page of its own: the buffer's start is wherever its end makes it. */
    BYTE *all = VirtualAlloc(NULL, page + body + page, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (!all) abort();
    DWORD before;
    VirtualProtect(all + page + body, page, PAGE_NOACCESS, &before);
    ((Header *)all)->magic = MAGIC;
    fake_count("netapi32.left", 1);
    return all + page + body - size;
}

NET_API_STATUS WINAPI NetApiBufferFree(LPVOID buffer)
{
    MEMORY_BASIC_INFORMATION info;
    if (!buffer) return NERR_Success;
    if (!VirtualQuery(buffer, &info, sizeof info) || info.State != MEM_COMMIT) ExitProcess(99);
    Header *header = info.AllocationBase;
    if (header->magic != MAGIC) ExitProcess(99);
    fake_count("netapi32.left", -1);
    VirtualFree(info.AllocationBase, 0, MEM_RELEASE);
    return NERR_Success;
}

/* The status that the script has for this page of this function; -1 for none. */
static long failure(const char *function, DWORD page)
{
    FILE *script = fake_open("netapi32.txt", "r");
    if (!script) return ERROR_NOT_SUPPORTED;
    static __thread char line[LINE];
    char *words[WORDS];
    long status = -1;
    while (fgets(line, sizeof line, script)) {
        fake_words(line, words);
        if (!strcmp(words[0], "fail") && !strcmp(words[1], function) && fake_number(words[2]) == page)
            status = (long)fake_number(words[3]);
        if (!strcmp(words[0], "stall") && !strcmp(words[1], function) && page >= fake_number(words[2]))
            status = ERROR_MORE_DATA;
    }
    fclose(script);
    return status;
}

static DWORD setting(const char *name, const char *second, DWORD otherwise)
{
    FILE *script = fake_open("netapi32.txt", "r");
    if (!script) return otherwise;
    static __thread char line[LINE];
    char *words[WORDS];
    DWORD found = otherwise;
    while (fgets(line, sizeof line, script)) {
        fake_words(line, words);
        if (!strcmp(words[0], name) && (!second || !strcmp(words[1], second))) found = fake_number(words[second ? 2 : 1]);
    }
    fclose(script);
    return found;
}

typedef struct {
    const char *name;
    SIZE_T entry;
    /* Which words of a line are texts. */
    int texts[4];
    void (*write)(BYTE *entry, char *words[WORDS], WCHAR **at);
} Kind;

static void write_502(BYTE *entry, char *w[WORDS], WCHAR **at)
{
    SESSION_INFO_502 made = {0};
    made.sesi502_cname = fake_text(w[1], at);
    made.sesi502_username = fake_text(w[2], at);
    made.sesi502_num_opens = fake_number(w[3]);
    made.sesi502_time = fake_number(w[4]);
    made.sesi502_idle_time = fake_number(w[5]);
    made.sesi502_user_flags = fake_number(w[6]);
    made.sesi502_transport = fake_text(w[7], at);
    memcpy(entry, &made, sizeof made);
}

static void write_2(BYTE *entry, char *w[WORDS], WCHAR **at)
{
    SESSION_INFO_2 made = {0};
    made.sesi2_cname = fake_text(w[1], at);
    made.sesi2_username = fake_text(w[2], at);
    made.sesi2_num_opens = fake_number(w[3]);
    made.sesi2_time = fake_number(w[4]);
    made.sesi2_idle_time = fake_number(w[5]);
    made.sesi2_user_flags = fake_number(w[6]);
    memcpy(entry, &made, sizeof made);
}

static void write_1(BYTE *entry, char *w[WORDS], WCHAR **at)
{
    SESSION_INFO_1 made = {0};
    made.sesi1_cname = fake_text(w[1], at);
    made.sesi1_username = fake_text(w[2], at);
    made.sesi1_num_opens = fake_number(w[3]);
    made.sesi1_time = fake_number(w[4]);
    made.sesi1_idle_time = fake_number(w[5]);
    made.sesi1_user_flags = fake_number(w[6]);
    memcpy(entry, &made, sizeof made);
}

static void write_10(BYTE *entry, char *w[WORDS], WCHAR **at)
{
    SESSION_INFO_10 made = {0};
    made.sesi10_cname = fake_text(w[1], at);
    made.sesi10_username = fake_text(w[2], at);
    made.sesi10_time = fake_number(w[4]);
    made.sesi10_idle_time = fake_number(w[5]);
    memcpy(entry, &made, sizeof made);
}

static void write_0(BYTE *entry, char *w[WORDS], WCHAR **at)
{
    SESSION_INFO_0 made = {0};
    made.sesi0_cname = fake_text(w[1], at);
    memcpy(entry, &made, sizeof made);
}

static void write_file(BYTE *entry, char *w[WORDS], WCHAR **at)
{
    FILE_INFO_3 made = {0};
    made.fi3_id = fake_number(w[1]);
    made.fi3_permissions = fake_number(w[2]);
    made.fi3_num_locks = fake_number(w[3]);
    made.fi3_pathname = fake_text(w[4], at);
    made.fi3_username = fake_text(w[5], at);
    memcpy(entry, &made, sizeof made);
}

static void write_share(BYTE *entry, char *w[WORDS], WCHAR **at)
{
    SHARE_INFO_502 made = {0};
    made.shi502_netname = fake_text(w[1], at);
    made.shi502_type = fake_number(w[2]);
    made.shi502_max_uses = fake_number(w[3]);
    made.shi502_current_uses = fake_number(w[4]);
    memcpy(entry, &made, sizeof made);
}

/* One page of the entries after the first `*from`. */
static NET_API_STATUS enumerate(Kind kind, SIZE_T *from, DWORD prefer, LPBYTE *out, LPDWORD read, LPDWORD total)
{
    static __thread char line[LINE], copy[LINE];
    char *words[WORDS];
    *out = NULL;
    *read = *total = 0;
    DWORD most = setting("page", NULL, 0xffffffff);
    DWORD page = most == 0xffffffff ? (*from > 0) : (DWORD)(*from / (most ? most : 1));
    long status = failure(kind.name, page);
    if (status >= 0) {
        /* Some give a buffer with an error: it has to be freed all the same. */
        *out = allocate(16);
        return (NET_API_STATUS)status;
    }
    FILE *script = fake_open("netapi32.txt", "r");
    if (!script) return ERROR_NOT_SUPPORTED;
    SIZE_T taken = 0, bytes = 0, all = 0;
    while (fgets(line, sizeof line, script)) {
        fake_words(line, words);
        if (strcmp(words[0], kind.name)) continue;
        if (all++ < *from || taken == most) continue;
        SIZE_T needs = kind.entry;
        for (int i = 0; i < 4 && kind.texts[i]; i++) needs += (fake_units(words[kind.texts[i]]) + 1) * sizeof(WCHAR);
        if (taken > 0 && bytes + needs > prefer) most = (DWORD)taken;
        else { taken++; bytes += needs; }
    }
    rewind(script);
    BYTE *buffer = allocate(bytes ? bytes : 1);
    WCHAR *at = (WCHAR *)(buffer + taken * kind.entry);
    SIZE_T seen = 0, written = 0;
    while (written < taken && fgets(copy, sizeof copy, script)) {
        fake_words(copy, words);
        if (strcmp(words[0], kind.name) || seen++ < *from) continue;
        kind.write(buffer + written++ * kind.entry, words, &at);
    }
    fclose(script);
    *out = buffer;
    *read = (DWORD)taken;
    *total = (DWORD)(all - *from);
    *from += taken;
    return *from < all ? ERROR_MORE_DATA : NERR_Success;
}

NET_API_STATUS WINAPI NetSessionEnum(LMSTR server, LMSTR client, LMSTR user, DWORD level, LPBYTE *buffer, DWORD prefer,
                                     LPDWORD read, LPDWORD total, LPDWORD resume)
{
    char number[12];
    snprintf(number, sizeof number, "%lu", level);
    *buffer = NULL;
    DWORD refused = setting("refuse", number, 0);
    if (refused) return refused;
    Kind kind = {"session", 0, {1, 2, 0}, NULL};
    switch (level) {
    case 502: kind.entry = sizeof(SESSION_INFO_502); kind.write = write_502; kind.texts[2] = 7; break;
    case 2: kind.entry = sizeof(SESSION_INFO_2); kind.write = write_2; break;
    case 1: kind.entry = sizeof(SESSION_INFO_1); kind.write = write_1; break;
    case 10: kind.entry = sizeof(SESSION_INFO_10); kind.write = write_10; break;
    case 0: kind.entry = sizeof(SESSION_INFO_0); kind.write = write_0; kind.texts[1] = 0; break;
    default: return ERROR_INVALID_LEVEL;
    }
    if (server || client || user) return ERROR_INVALID_PARAMETER;
    SIZE_T from = *resume;
    NET_API_STATUS status = enumerate(kind, &from, prefer, buffer, read, total);
    *resume = (DWORD)from;
    return status;
}

NET_API_STATUS WINAPI NetFileEnum(LMSTR server, LMSTR base, LMSTR user, DWORD level, LPBYTE *buffer, DWORD prefer,
                                  LPDWORD read, LPDWORD total, PDWORD_PTR resume)
{
    Kind kind = {"file", sizeof(FILE_INFO_3), {4, 5}, write_file};
    *buffer = NULL;
    if (level != 3) return ERROR_INVALID_LEVEL;
    if (server || base || user) return ERROR_INVALID_PARAMETER;
    SIZE_T from = *resume;
    NET_API_STATUS status = enumerate(kind, &from, prefer, buffer, read, total);
    *resume = from;
    return status;
}

NET_API_STATUS WINAPI NetShareEnum(LMSTR server, DWORD level, LPBYTE *buffer, DWORD prefer, LPDWORD read, LPDWORD total,
                                   LPDWORD resume)
{
    Kind kind = {"share", sizeof(SHARE_INFO_502), {1}, write_share};
    *buffer = NULL;
    if (level != 502) return ERROR_INVALID_LEVEL;
    if (server) return ERROR_INVALID_PARAMETER;
    SIZE_T from = *resume;
    NET_API_STATUS status = enumerate(kind, &from, prefer, buffer, read, total);
    *resume = (DWORD)from;
    return status;
}

/* The words of the only line of this kind; 0 if there is none. */
static int only(const char *name, char line[LINE], char *words[WORDS])
{
    FILE *script = fake_open("netapi32.txt", "r");
    int found = 0;
    while (script && !found && fgets(line, LINE, script)) {
        fake_words(line, words);
        found = !strcmp(words[0], name);
    }
    if (script) fclose(script);
    return found;
}

NET_API_STATUS WINAPI NetServerGetInfo(LMSTR server, DWORD level, LPBYTE *buffer)
{
    static __thread char line[LINE];
    char *w[WORDS];
    *buffer = NULL;
    if (level != 102 || server) return ERROR_INVALID_LEVEL;
    long status = failure("server", 0);
    if (status >= 0) return (NET_API_STATUS)status;
    if (!only("server", line, w)) return NERR_ServerNotStarted;
    SERVER_INFO_102 made = {0};
    made.sv102_platform_id = 500;
    made.sv102_users = fake_number(w[1]);
    made.sv102_disc = (LONG)strtol(w[2], NULL, 10);
    made.sv102_version_major = fake_number(w[3]);
    made.sv102_version_minor = fake_number(w[4]);
    made.sv102_licenses = fake_number(w[5]);
    *buffer = allocate(sizeof made);
    memcpy(*buffer, &made, sizeof made);
    return NERR_Success;
}

NET_API_STATUS WINAPI NetStatisticsGet(LMSTR server, LMSTR service, DWORD level, DWORD options, LPBYTE *buffer)
{
    static __thread char line[LINE];
    char *w[WORDS];
    *buffer = NULL;
    if (server || level != 0 || options != 0 || !service || wcscmp(service, L"LanmanServer")) return ERROR_INVALID_PARAMETER;
    long status = failure("statistics", 0);
    if (status >= 0) return (NET_API_STATUS)status;
    if (!only("statistics", line, w)) return NERR_ServiceNotInstalled;
    STAT_SERVER_0 made = {0};
    made.sts0_start = fake_number(w[1]);
    made.sts0_fopens = fake_number(w[2]);
    made.sts0_sopens = fake_number(w[3]);
    made.sts0_stimedout = fake_number(w[4]);
    made.sts0_serrorout = fake_number(w[5]);
    made.sts0_pwerrors = fake_number(w[6]);
    made.sts0_permerrors = fake_number(w[7]);
    made.sts0_syserrors = fake_number(w[8]);
    made.sts0_avresponse = fake_number(w[9]);
    made.sts0_reqbufneed = fake_number(w[10]);
    made.sts0_bigbufneed = fake_number(w[11]);
    *buffer = allocate(sizeof made);
    memcpy(*buffer, &made, sizeof made);
    return NERR_Success;
}
