// The functions of lazy_calls.inc for the linker, on x86-64 with the System V calling convention (its ABI, 3.2.3): each
// goes on to where the library has it, which the first call of it asks lazy_library.cpp. What a dynamic linker does for
// each symbol, here also for the library.

#ifndef __x86_64__
#error "written for x86-64; elsewhere the libraries are linked as usual (CMakeLists.txt)"
#endif

        .text

// On the stack: the function's index, then what the caller left. Every register that may hold an argument is kept.
        .type   heaters_lazy_resolve, @function
heaters_lazy_resolve:
        .cfi_startproc
        .cfi_adjust_cfa_offset 8
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        movq    %rsp, %rbp
        .cfi_def_cfa_register %rbp
        pushq   %rax
        pushq   %rdi
        pushq   %rsi
        pushq   %rdx
        pushq   %rcx
        pushq   %r8
        pushq   %r9
        pushq   %r10
        subq    $128, %rsp
        movups  %xmm0, (%rsp)
        movups  %xmm1, 16(%rsp)
        movups  %xmm2, 32(%rsp)
        movups  %xmm3, 48(%rsp)
        movups  %xmm4, 64(%rsp)
        movups  %xmm5, 80(%rsp)
        movups  %xmm6, 96(%rsp)
        movups  %xmm7, 112(%rsp)
        movq    8(%rbp), %rdi
        // What was pushed before and the nine of here leave the stack where a call wants it, or 8 below.
        andq    $-16, %rsp
        call    heaters_lazy_address
        movq    %rax, %r11
        leaq    -192(%rbp), %rsp
        movups  (%rsp), %xmm0
        movups  16(%rsp), %xmm1
        movups  32(%rsp), %xmm2
        movups  48(%rsp), %xmm3
        movups  64(%rsp), %xmm4
        movups  80(%rsp), %xmm5
        movups  96(%rsp), %xmm6
        movups  112(%rsp), %xmm7
        addq    $128, %rsp
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
        popq    %rax
        popq    %rbp
        .cfi_def_cfa %rsp, 16
        .cfi_restore %rbp
        addq    $8, %rsp
        .cfi_adjust_cfa_offset -8
        jmp     *%r11
        .cfi_endproc
        .size   heaters_lazy_resolve, .-heaters_lazy_resolve

        .set    index, 0
        .macro  lazy_call name
        .globl  \name
        .hidden \name
        .type   \name, @function
        .p2align 4
\name:
        .cfi_startproc
        movq    heaters_lazy_addresses+8*index(%rip), %r11
        testq   %r11, %r11
        je      1f
        jmp     *%r11
1:
        pushq   $index
        .cfi_adjust_cfa_offset 8
        jmp     heaters_lazy_resolve
        .cfi_endproc
        .size   \name, .-\name
        .set    index, index+1
        .endm

#define HEATERS_LAZY(library, function) lazy_call function
#include "lazy_calls.inc"

        .section .note.GNU-stack, "", @progbits
