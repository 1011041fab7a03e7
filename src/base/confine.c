/* SPDX-License-Identifier: Apache-2.0 */
/* base/confine.c - what a helper process may still do.
 *
 * Both interfaces are used by their system calls: the C library wraps neither, and what is needed
 * of them is small. The list of calls is of what is refused, not of what is allowed: the decoders'
 * libraries may use any harmless call after an update, and a voice that dies of one is worse than
 * one more way to compute. */
#include "base/confine.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- files ---------------------------------------------------------------------------------- */

/* Of the first version, which Debian 12's kernel has; rights of later ones are added below. */
#define FS_READ (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | \
                 LANDLOCK_ACCESS_FS_READ_DIR)
#define FS_ALL_V1 ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
/* Newer than the oldest headers we build with. */
#define FS_REFER (UINT64_C(1) << 13)    /* 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14) /* 3 */
#define NET_TCP UINT64_C(3)             /* 4: bind and connect */

struct ruleset { /* as the kernel's, with what came later */
    uint64_t fs, net;
};

static int landlock_version(void)
{
    long v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return v > 0 ? (int)v : 0;
}

static int rule_add(int set, const char *path, uint64_t rights)
{
    AUTO_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return 0; /* not there: nothing to allow */
    if (!S_ISDIR(st.st_mode))
        rule.allowed_access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR;
    return syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 ? -errno
                                                                                         : 0;
}

int confine_files_new(const char *const *readable, size_t n)
{
    /* what every program needs to begin: the loader, its libraries, data of packages */
    static const char *const always[] = { "/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache",
                                          "/etc/localtime", "/dev/urandom" };
    int version = landlock_version(), r = 0;
    struct ruleset all = { .fs = FS_ALL_V1 };
    AUTO_CLOSE int set = -1;

    if (version <= 0)
        return -ENOSYS;
    all.fs |= version >= 2 ? FS_REFER : 0;
    all.fs |= version >= 3 ? FS_TRUNCATE : 0;
    all.net = version >= 4 ? NET_TCP : 0;
    set = (int)syscall(SYS_landlock_create_ruleset, &all,
                       version >= 4 ? sizeof(all) : sizeof(all.fs), 0);
    if (set < 0)
        return -errno;
    for (size_t i = 0; r >= 0 && i < COUNT(always); i++)
        r = rule_add(set, always[i], FS_READ);
    for (size_t i = 0; r >= 0 && i < n; i++)
        r = rule_add(set, readable[i], FS_READ);
    if (r >= 0) /* where PocketSphinx writes its log to */
        r = rule_add(set, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
    return r < 0 ? r : STEAL_FD(set);
}

int confine_files_enter(int fd)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -errno;
    return syscall(SYS_landlock_restrict_self, fd, 0) < 0 ? -errno : 0;
}

/* ---- calls ---------------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define ARCH_OURS AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH_OURS AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCH_OURS AUDIT_ARCH_ARM
#endif

static const int refused[] = {
    /* the network, and every other socket than the one it was given */
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept4,
#ifdef SYS_accept
    SYS_accept,
#endif
    /* other processes */
#ifdef SYS_fork
    SYS_fork, SYS_vfork,
#endif
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kill, SYS_tkill,
    SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal, SYS_kcmp, SYS_setpriority,
    SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_sched_setscheduler, SYS_sched_setattr,
    SYS_sched_setparam, SYS_sched_setaffinity, SYS_ioprio_set,
    /* the file system's shape, and files beside those it was given */
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns,
    SYS_open_by_handle_at, SYS_mknodat, SYS_symlinkat, SYS_linkat, SYS_unlinkat, SYS_renameat2,
    SYS_mkdirat, SYS_fchmodat, SYS_fchownat, SYS_truncate, SYS_setxattr, SYS_fanotify_init,
#ifdef SYS_open_tree
    SYS_open_tree, SYS_move_mount, SYS_fsopen, SYS_fsmount, SYS_fspick,
#endif
    /* the kernel's larger doors */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
    SYS_keyctl, SYS_add_key, SYS_request_key, SYS_init_module, SYS_finit_module,
    SYS_delete_module, SYS_kexec_load, SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct,
    SYS_settimeofday, SYS_clock_settime, SYS_sethostname, SYS_setdomainname, SYS_quotactl,
    SYS_personality,
    /* who it is */
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid,
    SYS_setgroups, SYS_setfsuid, SYS_setfsgid, SYS_capset,
};

static const int refused_exec[] = { SYS_execve, SYS_execveat };

/* Their first argument names a process: none but itself (0 too). abort() and getrlimit() need them. */
static const int of_itself[] = { SYS_tgkill, SYS_prlimit64 };

enum { FILTER_MAX = 16 + 2 * (int)(COUNT(refused) + COUNT(refused_exec)) + 6 * (int)COUNT(of_itself) };

struct filter {
    struct sock_filter code[FILTER_MAX];
    unsigned short n;
};

static void emit(struct filter *f, unsigned code, uint32_t k, uint8_t yes, uint8_t no)
{
    if (f->n < FILTER_MAX)
        f->code[f->n++] = (struct sock_filter){ (uint16_t)code, yes, no, k };
}

/* Equal to `nr`: this answer; else on to the next. */
static void emit_refusal(struct filter *f, long nr, uint32_t answer)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1);
    emit(f, BPF_RET | BPF_K, answer, 0, 0);
}

#ifdef ARCH_OURS
static void emit_of_itself(struct filter *f, long nr)
{
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 5);
    emit(f, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]), 0, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0);
    emit(f, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM, 0, 0);
    emit(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void filter_make(struct filter *f, bool no_exec)
{
    const uint32_t eperm = SECCOMP_RET_ERRNO | EPERM, load = BPF_LD | BPF_W | BPF_ABS;

    emit(f, load, offsetof(struct seccomp_data, arch), 0, 0);
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, ARCH_OURS, 1, 0);
    emit(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
    emit(f, load, offsetof(struct seccomp_data, nr), 0, 0);
#ifdef __x86_64__
    emit(f, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1); /* the x32 calls have other numbers */
    emit(f, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
#endif
    emit_refusal(f, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS); /* its flags cannot be seen */
    for (size_t i = 0; i < COUNT(refused); i++)
        emit_refusal(f, refused[i], eperm);
    for (size_t i = 0; no_exec && i < COUNT(refused_exec); i++)
        emit_refusal(f, refused_exec[i], eperm);
    for (size_t i = 0; i < COUNT(of_itself); i++)
        emit_of_itself(f, of_itself[i]);
    /* threads are made, processes are not */
    emit(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3);
    emit(f, load, offsetof(struct seccomp_data, args[0]), 0, 0);
    emit(f, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
    emit(f, BPF_RET | BPF_K, eperm, 0, 0);
    emit(f, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}
#endif

/* A sanitizer's run-time makes calls of its own that the filter refuses. */
#ifdef JARVIS_SANITIZED
enum { IS_SANITIZED = 1 };
#else
enum { IS_SANITIZED = 0 };
#endif

int confine_calls(bool no_exec)
{
#ifdef ARCH_OURS
    struct filter f = { .n = 0 };
    struct sock_fprog program = { .filter = f.code };

    if (IS_SANITIZED)
        return -ENOSYS;
    filter_make(&f, no_exec);
    if (f.n == FILTER_MAX)
        return -E2BIG;
    program.len = f.n;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
        return -errno;
    return 0;
#else
    (void)no_exec;
    return -ENOSYS;
#endif
}

void confine_has(struct confine_support *ret)
{
    ret->landlock = landlock_version();
    ret->seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0; /* a filter of ours forbids seccomp(2) itself */
}

const char *confine_lack(const struct confine_support *has)
{
    if (has->landlock <= 0 && !has->seccomp)
        return "helpers that jarvisd starts are not confined: this kernel has neither Landlock nor seccomp";
    if (has->landlock <= 0)
        return "helpers that jarvisd starts may read what jarvisd may: this kernel has no Landlock, or the "
               "unit's SystemCallFilter forbids it";
    return has->seccomp ? NULL : "helpers that jarvisd starts may open sockets: this kernel has no seccomp";
}
