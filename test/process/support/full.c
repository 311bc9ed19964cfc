/* Preloaded into a process: once the file FULL_WHEN names is there, the disk of all files under FULL_UNDER is full. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_full(int fd) {
  const char *flag = getenv("FULL_WHEN"), *disk = getenv("FULL_UNDER");
  char link[64], path[PATH_MAX];
  struct stat info;
  if (flag == NULL || disk == NULL || access(flag, F_OK) != 0) return 0;
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, disk, strlen(disk)) == 0;
}

ssize_t write(int fd, const void *from, size_t size) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  if (!is_full(fd)) return real(fd, from, size);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
  if (!is_full(fd)) return real(fd, from, size, at);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  if (!is_full(fd)) return real(fd, from, size, at);
  errno = ENOSPC;
  return -1;
}
