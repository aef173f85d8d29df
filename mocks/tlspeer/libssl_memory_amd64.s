//go:build !nolibssl && (linux || darwin)

#include "textflag.h"

// void *counting_malloc(size_t size, const char *file, int line), by the calling convention of C.
TEXT counting_malloc(SB), NOSPLIT|NOFRAME, $0
	PUSHQ DI // the size; it aligns the stack, too
	MOVQ  ·systemMalloc(SB), AX
	CALL  AX
	POPQ  DI
	TESTQ AX, AX
	JNZ   done
	TESTQ DI, DI
	JZ    done
	LOCK
	INCQ  ·failedAllocations(SB)

done:
	RET

// void *counting_realloc(void *block, size_t size, const char *file, int line)
TEXT counting_realloc(SB), NOSPLIT|NOFRAME, $0
	PUSHQ SI
	MOVQ  ·systemRealloc(SB), AX
	CALL  AX
	POPQ  SI
	TESTQ AX, AX
	JNZ   done
	TESTQ SI, SI // a block of no bytes is freed
	JZ    done
	LOCK
	INCQ  ·failedAllocations(SB)

done:
	RET

DATA ·countingMalloc(SB)/8, $counting_malloc(SB)
GLOBL ·countingMalloc(SB), NOPTR, $8
DATA ·countingRealloc(SB)/8, $counting_realloc(SB)
GLOBL ·countingRealloc(SB), NOPTR, $8
