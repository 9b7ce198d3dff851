/* For tests under Wine 8 only, never shipped: the random function that Rust's standard library takes from bcryptprimitives.dll,
   which that Wine does not have, by the older one that it does. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG len);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T len)
{
    const SIZE_T most = 1 << 28;
    while (len > 0) {
        ULONG part = (ULONG)(len > most ? most : len);
        if (!SystemFunction036(bytes, part)) return FALSE;
        bytes += part;
        len -= part;
    }
    return TRUE;
}
