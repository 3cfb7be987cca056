// SPDX-License-Identifier: GPL-2.0
/*
 * Which feature bits a guest can have.
 *
 * A feature is in the table when the guest can use it without hull's help, or
 * when hull gives that help.  Left out are, for one, what needs state that
 * hull does not switch (MPX, AMX, CET, PT, LBR), what needs intercepts or
 * controls that are not used (SVM, VMX, SGX, WAITPKG, MWAIT), and performance
 * monitoring.
 *
 * References: SDM vol. 2, CPUID; APM vol. 3, Obtaining Processor Information
 * Via the CPUID Instruction.
 */
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include "cpuid_table.h"

#define B(name)	BIT(X86_FEATURE_##name & 31)

/* In leaf 1 EDX, and again in leaf 0x80000001 EDX of AMD. */
#define COMMON_EDX							\
	(B(FPU) | B(VME) | B(DE) | B(PSE) | B(TSC) | B(MSR) | B(PAE) |	\
	 B(MCE) | B(CX8) | B(APIC) | B(MTRR) | B(PGE) | B(MCA) |	\
	 B(CMOV) | B(PAT) | B(PSE36) | B(MMX) | B(FXSR))

/* Positions of bits for which not every kernel's header has a name. */
#define AVX512_FP16_EDX		BIT(23)	/* 7.0 */
#define CMPCCXADD_EAX		BIT(7)	/* 7.1 */
#define FZRM_EAX		BIT(10)
#define FSRS_EAX		BIT(11)
#define FSRC_EAX		BIT(12)
#define AVX_IFMA_EAX		BIT(23)
#define AVX_VNNI_INT8_EDX	BIT(4)
#define AVX_NE_CONVERT_EDX	BIT(5)
#define AVX_VNNI_INT16_EDX	BIT(10)
#define PREFETCHITI_EDX		BIT(14)
#define INVARIANT_TSC_EDX	BIT(8)	/* 0x80000007 */
#define NO_NESTED_BP_EAX	BIT(0)	/* 0x80000021 */
#define LFENCE_RDTSC_EAX	BIT(2)
#define VERW_CLEAR_EAX		BIT(5)
#define NULL_SEL_CLR_BASE_EAX	BIT(6)
#define NO_SMM_CTL_MSR_EAX	BIT(9)
#define SBPB_EAX		BIT(27)
#define IBPB_BRTYPE_EAX		BIT(28)
#define SRSO_NO_EAX		BIT(29)
#define SRSO_USER_KERNEL_NO_EAX	BIT(30)
#define TSA_SQ_NO_ECX		BIT(1)
#define TSA_L1_NO_ECX		BIT(2)

const struct hull_cpuid_row hull_cpuid_table[] = {
	{ .leaf = 1, .reg = HULL_CPUID_ECX, .word = CPUID_1_ECX,
	  .host = B(XMM3) | B(PCLMULQDQ) | B(SSSE3) | B(FMA) | B(CX16) |
		  B(PCID) | B(XMM4_1) | B(XMM4_2) | B(MOVBE) | B(POPCNT) |
		  B(AES) | B(XSAVE) | B(AVX) | B(F16C) | B(RDRAND),
	  .always = B(HYPERVISOR) },
	{ .leaf = 1, .reg = HULL_CPUID_EDX, .word = CPUID_1_EDX,
	  .host = COMMON_EDX | B(SEP) | B(CLFLUSH) | B(XMM) | B(XMM2) },
	{ .leaf = 6, .reg = HULL_CPUID_EAX, .word = -1, .always = B(ARAT) },
	{ .leaf = 7, .reg = HULL_CPUID_EBX, .word = CPUID_7_0_EBX,
	  .host = B(FSGSBASE) | B(BMI1) | B(HLE) | B(AVX2) |
		  B(FDP_EXCPTN_ONLY) | B(SMEP) | B(BMI2) | B(ERMS) |
		  B(INVPCID) | B(RTM) | B(ZERO_FCS_FDS) | B(AVX512F) |
		  B(AVX512DQ) | B(RDSEED) | B(ADX) | B(SMAP) |
		  B(AVX512IFMA) | B(CLFLUSHOPT) | B(CLWB) | B(AVX512PF) |
		  B(AVX512ER) | B(AVX512CD) | B(SHA_NI) | B(AVX512BW) |
		  B(AVX512VL),
	  .always = B(TSC_ADJUST) },
	{ .leaf = 7, .reg = HULL_CPUID_ECX, .word = CPUID_7_ECX,
	  .host = B(AVX512VBMI) | B(PKU) | B(RDPID) | B(AVX512_VPOPCNTDQ) |
		  B(AVX512_VBMI2) | B(GFNI) | B(VAES) | B(VPCLMULQDQ) |
		  B(AVX512_VNNI) | B(AVX512_BITALG) | B(CLDEMOTE) |
		  B(MOVDIRI) | B(MOVDIR64B),
	  /* The guest's tables may have five levels where the host's have four. */
	  .raw = B(LA57) | B(UMIP) },
	{ .leaf = 7, .reg = HULL_CPUID_EDX, .word = CPUID_7_EDX,
	  .host = B(AVX512_4VNNIW) | B(AVX512_4FMAPS) | B(SPEC_CTRL) |
		  B(SPEC_CTRL_SSBD) | B(INTEL_STIBP) | B(MD_CLEAR) |
		  B(AVX512_VP2INTERSECT) | B(FSRM) | B(SERIALIZE) |
		  B(TSXLDTRK) | B(FLUSH_L1D) | AVX512_FP16_EDX,
	  .always = B(ARCH_CAPABILITIES) },
	{ .leaf = 7, .subleaf = 1, .reg = HULL_CPUID_EAX, .word = CPUID_7_1_EAX,
	  .host = B(AVX_VNNI) | B(AVX512_BF16) | CMPCCXADD_EAX | FZRM_EAX |
		  FSRS_EAX | FSRC_EAX | AVX_IFMA_EAX },
	{ .leaf = 7, .subleaf = 1, .reg = HULL_CPUID_EDX, .word = -1,
	  .host = AVX_VNNI_INT8_EDX | AVX_NE_CONVERT_EDX |
		  AVX_VNNI_INT16_EDX | PREFETCHITI_EDX },
	{ .leaf = 0xd, .subleaf = 1, .reg = HULL_CPUID_EAX, .word = CPUID_D_1_EAX,
	  .host = B(XSAVEOPT) | B(XSAVEC) | B(XGETBV1) | B(XSAVES) },
	{ .leaf = 0x80000001, .reg = HULL_CPUID_ECX, .word = CPUID_8000_0001_ECX,
	  .host = B(LAHF_LM) | B(CMP_LEGACY) | B(CR8_LEGACY) | B(ABM) |
		  B(SSE4A) | B(MISALIGNSSE) | B(3DNOWPREFETCH) | B(OSVW) |
		  B(XOP) | B(FMA4) | B(TBM) | B(TOPOEXT) },
	{ .leaf = 0x80000001, .reg = HULL_CPUID_EDX, .word = CPUID_8000_0001_EDX,
	  .host = B(SYSCALL) | B(NX) | B(MMXEXT) | B(FXSR_OPT) |
		  B(GBPAGES) | B(RDTSCP) | B(LM) | B(3DNOWEXT) | B(3DNOW),
	  .raw = COMMON_EDX },
	{ .leaf = 0x80000007, .reg = HULL_CPUID_EDX, .word = -1,
	  .raw = INVARIANT_TSC_EDX },
	{ .leaf = 0x80000008, .reg = HULL_CPUID_EBX, .word = CPUID_8000_0008_EBX,
	  .host = B(CLZERO) | B(XSAVEERPTR) | B(WBNOINVD) | B(AMD_IBPB) |
		  B(AMD_IBRS) | B(AMD_SSBD) | B(AMD_SSB_NO) | B(AMD_STIBP) |
		  B(AMD_STIBP_ALWAYS_ON) | B(BTC_NO) },
	{ .leaf = 0x80000021, .reg = HULL_CPUID_EAX, .word = CPUID_8000_0021_EAX,
	  .raw = NO_NESTED_BP_EAX | LFENCE_RDTSC_EAX | NULL_SEL_CLR_BASE_EAX,
	  .kernel = VERW_CLEAR_EAX | SBPB_EAX | IBPB_BRTYPE_EAX | SRSO_NO_EAX |
		    SRSO_USER_KERNEL_NO_EAX,
	  .always = NO_SMM_CTL_MSR_EAX },
	{ .leaf = 0x80000021, .reg = HULL_CPUID_ECX, .word = -1,
	  .raw = TSA_SQ_NO_ECX | TSA_L1_NO_ECX },
};

const unsigned int hull_cpuid_table_size = ARRAY_SIZE(hull_cpuid_table);
