//go:build !nolibssl && (linux || darwin)

#include "textflag.h"

// Of the registers that C wants back, none is used: variables are reached through R9, since the assembler would take R27
// to load one directly.

// void *counting_malloc(size_t size, const char *file, int line), by the calling convention of C.
TEXT counting_malloc(SB), NOSPLIT|NOFRAME, $0
	STP.W (R29, R30), -32(RSP)
	MOVD  R0, 16(RSP) // the size
	MOVD  $·systemMalloc(SB), R9
	MOVD  (R9), R9
	CALL  (R9)
	MOVD  16(RSP), R1
	LDP.P 32(RSP), (R29, R30)
	CBNZ  R0, done
	CBZ   R1, done
	MOVD  $·failedAllocations(SB), R9

count:
	LDAXR (R9), R10
	ADD   $1, R10
	STLXR R10, (R9), R11
	CBNZ  R11, count

done:
	RET

// void *counting_realloc(void *block, size_t size, const char *file, int line)
TEXT counting_realloc(SB), NOSPLIT|NOFRAME, $0
	STP.W (R29, R30), -32(RSP)
	MOVD  R1, 16(RSP)
	MOVD  $·systemRealloc(SB), R9
	MOVD  (R9), R9
	CALL  (R9)
	MOVD  16(RSP), R1
	LDP.P 32(RSP), (R29, R30)
	CBNZ  R0, done
	CBZ   R1, done // a block of no bytes is freed
	MOVD  $·failedAllocations(SB), R9

count:
	LDAXR (R9), R10
	ADD   $1, R10
	STLXR R10, (R9), R11
	CBNZ  R11, count

done:
	RET

DATA ·countingMalloc(SB)/8, $counting_malloc(SB)
GLOBL ·countingMalloc(SB), NOPTR, $8
DATA ·countingRealloc(SB)/8, $counting_realloc(SB)
GLOBL ·countingRealloc(SB), NOPTR, $8
