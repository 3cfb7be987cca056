/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints, in the trace system «hull». */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hull

#if !defined(HULL_CORE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HULL_CORE_TRACE_H

#include <linux/tracepoint.h>
#include "event.h"
#include "exit.h"
#include "vcpu.h"

#ifndef HULL_TRACE_EXIT_NAMES
#define HULL_TRACE_EXIT_NAME(name, text) { HULL_EXIT_##name, text },
#define HULL_TRACE_EXIT_NAMES HULL_EXIT_KINDS(HULL_TRACE_EXIT_NAME) { -1, NULL }
#endif

TRACE_EVENT(hull_entry,
	TP_PROTO(struct hull_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u64, rip)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->rip = hull_rip(vcpu);
	),
	TP_printk("vm %u vcpu %u rip 0x%llx", __entry->vm, __entry->vcpu,
		  __entry->rip)
);

TRACE_EVENT(hull_exit,
	TP_PROTO(struct hull_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u64, rip)
		__field(int, kind)
		__field(u32, hw_reason)
		__field(u64, info0)
		__field(u64, info1)
		__field(u8, vectoring)
		__field(u8, vector)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->rip = hull_rip(vcpu);
		__entry->kind = vcpu->exit.kind;
		__entry->hw_reason = vcpu->exit.hw_reason;
		__entry->info0 = vcpu->exit.hw_info[0];
		__entry->info1 = vcpu->exit.hw_info[1];
		__entry->vectoring = vcpu->exit.vectoring.type;
		__entry->vector = vcpu->exit.vectoring.vector;
	),
	TP_printk("vm %u vcpu %u rip 0x%llx %s reason 0x%x info 0x%llx 0x%llx vectoring %u:%u",
		  __entry->vm, __entry->vcpu, __entry->rip,
		  __print_symbolic(__entry->kind, HULL_TRACE_EXIT_NAMES),
		  __entry->hw_reason, __entry->info0, __entry->info1,
		  __entry->vectoring, __entry->vector)
);

#define HULL_TRACE_RULE_SIZE	64

TRACE_EVENT(hull_fail_entry,
	TP_PROTO(struct hull_vcpu *vcpu),
	TP_ARGS(vcpu),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u32, hw_reason)
		__field(u64, info0)
		__field(u64, info1)
		__array(char, rule, HULL_TRACE_RULE_SIZE)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->hw_reason = vcpu->exit.hw_reason;
		__entry->info0 = vcpu->exit.hw_info[0];
		__entry->info1 = vcpu->exit.hw_info[1];
		strscpy(__entry->rule,
			vcpu->exit.fail_entry.rule ?: "not known",
			HULL_TRACE_RULE_SIZE);
	),
	TP_printk("vm %u vcpu %u reason 0x%x info 0x%llx 0x%llx rule: %s", __entry->vm,
		  __entry->vcpu, __entry->hw_reason, __entry->info0, __entry->info1,
		  __entry->rule)
);

TRACE_EVENT(hull_inject,
	TP_PROTO(struct hull_vcpu *vcpu, const struct hull_event *event),
	TP_ARGS(vcpu, event),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u8, type)
		__field(u8, vector)
		__field(bool, has_error)
		__field(u32, error)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->type = event->type;
		__entry->vector = event->vector;
		__entry->has_error = event->has_error;
		__entry->error = event->error;
	),
	TP_printk("vm %u vcpu %u %s %u error %d:0x%x", __entry->vm, __entry->vcpu,
		  __print_symbolic(__entry->type,
				   { HULL_EVENT_INTERRUPT, "interrupt" },
				   { HULL_EVENT_NMI, "nmi" },
				   { HULL_EVENT_EXCEPTION, "exception" },
				   { HULL_EVENT_SOFT_INTERRUPT, "int n" },
				   { HULL_EVENT_SOFT_EXCEPTION, "int3" }),
		  __entry->vector, __entry->has_error, __entry->error)
);

TRACE_EVENT(hull_page_fault,
	TP_PROTO(struct hull_vcpu *vcpu, u64 gpa, u8 access, int result),
	TP_ARGS(vcpu, gpa, access, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u64, gpa)
		__field(u8, access)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->gpa = gpa;
		__entry->access = access;
		__entry->result = result;
	),
	TP_printk("vm %u vcpu %u gpa 0x%llx %s%s%s %s", __entry->vm, __entry->vcpu,
		  __entry->gpa,
		  __entry->access & HULL_ACC_READ ? "r" : "-",
		  __entry->access & HULL_ACC_WRITE ? "w" : "-",
		  __entry->access & HULL_ACC_EXEC ? "x" : "-",
		  __print_symbolic(__entry->result,
				   { HULL_S2_MAPPED, "mapped" },
				   { HULL_S2_MMIO, "mmio" },
				   { HULL_S2_READONLY, "readonly" },
				   { HULL_S2_ERROR, "error" },
				   { HULL_S2_SIGNAL, "signal" }))
);

TRACE_EVENT(hull_msr,
	TP_PROTO(struct hull_vcpu *vcpu, bool write, u32 index, u64 value, bool fault),
	TP_ARGS(vcpu, write, index, value, fault),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(bool, write)
		__field(u32, index)
		__field(u64, value)
		__field(bool, fault)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->write = write;
		__entry->index = index;
		__entry->value = value;
		__entry->fault = fault;
	),
	TP_printk("vm %u vcpu %u %s 0x%x = 0x%llx%s", __entry->vm, __entry->vcpu,
		  __entry->write ? "wrmsr" : "rdmsr", __entry->index,
		  __entry->value, __entry->fault ? " #GP" : "")
);

TRACE_EVENT(hull_mmio,
	TP_PROTO(struct hull_vcpu *vcpu, bool write, u64 gpa, u32 len, const void *data),
	TP_ARGS(vcpu, write, gpa, len, data),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(bool, write)
		__field(u64, gpa)
		__field(u32, len)
		__field(u64, value)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->write = write;
		__entry->gpa = gpa;
		__entry->len = len;
		__entry->value = 0;
		memcpy(&__entry->value, data, min_t(u32, len, 8));
	),
	TP_printk("vm %u vcpu %u %s gpa 0x%llx len %u value 0x%llx", __entry->vm,
		  __entry->vcpu, __entry->write ? "write" : "read",
		  __entry->gpa, __entry->len, __entry->value)
);

TRACE_EVENT(hull_pio,
	TP_PROTO(struct hull_vcpu *vcpu, bool in, u16 port, u8 size, u32 count),
	TP_ARGS(vcpu, in, port, size, count),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(bool, in)
		__field(u16, port)
		__field(u8, size)
		__field(u32, count)
	),
	TP_fast_assign(
		__entry->vm = vcpu->vm->id;
		__entry->vcpu = vcpu->id;
		__entry->in = in;
		__entry->port = port;
		__entry->size = size;
		__entry->count = count;
	),
	TP_printk("vm %u vcpu %u %s port 0x%x size %u count %u", __entry->vm,
		  __entry->vcpu, __entry->in ? "in" : "out", __entry->port,
		  __entry->size, __entry->count)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
