/* A disk with faults, put between a process and its files: cc -shared -fPIC -o disk.so disk.c -ldl
 *
 * FAULTS names a folder. What stands in it makes the log's file fail: `fail` each sync, `fail_once` the next one, `slow_once` lets
 * it take six seconds, `lie` says that it was done, `full` refuses what is written. After each sync that was done the file lies in
 * the folder as it would be found after a loss of power: `log.sqlite`, `log.sqlite-wal`. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The name of the log's file behind a descriptor, if it is one. */
static const char *log_file(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length <= 0) return NULL;
    path[length] = 0;
    char *name = strrchr(path, '/');
    if (name == NULL || strncmp(name + 1, "log.sqlite", 10) != 0) return NULL;
    return name + 1;
}

static int there(const char *fault, int once) {
    char path[4096];
    const char *folder = getenv("FAULTS");
    if (folder == NULL) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, fault);
    return once ? unlink(path) == 0 : access(path, F_OK) == 0;
}

/* Keeps the file as it is now, under its own name in the folder. */
static void keep(int fd, const char *name) {
    char draft[4096], kept[4096], bytes[65536];
    snprintf(draft, sizeof draft, "%s/draft.%ld", getenv("FAULTS"), syscall(SYS_gettid));
    snprintf(kept, sizeof kept, "%s/%s", getenv("FAULTS"), name);
    int to = open(draft, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    off_t at = 0;
    ssize_t read;
    while (to >= 0 && (read = syscall(SYS_pread64, fd, bytes, sizeof bytes, at)) > 0) {
        if (syscall(SYS_write, to, bytes, read) != read) abort();
        at += read;
    }
    close(to);
    rename(draft, kept);
}

static int synced(int fd, long call) {
    char path[4096];
    const char *name = getenv("FAULTS") == NULL ? NULL : log_file(fd, path);
    if (name == NULL) return syscall(call, fd);
    if (there("fail", 0) || there("fail_once", 1)) {
        errno = EIO;
        return -1;
    }
    if (there("lie", 0)) return 0;
    if (there("slow_once", 1)) nanosleep(&(struct timespec){.tv_sec = 6}, NULL);
    int done = syscall(call, fd);
    if (done == 0) keep(fd, name);
    return done;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

static int full(int fd) {
    char path[4096];
    if (!there("full", 0) || log_file(fd, path) == NULL) return 0;
    errno = ENOSPC;
    return 1;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    return full(fd) ? -1 : syscall(SYS_write, fd, bytes, length);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    return full(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, length, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    return full(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, length, at);
}
