package dev.yado.kernel.sys;

/** Linux constants on x86-64, each named exactly as its C macro: LayoutTest compares them by that name. */
final class LinuxNumbers {
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_RDWR = 2;
    static final int O_APPEND = 0x400;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;

    static final int F_DUPFD_CLOEXEC = 1030;

    static final int POSIX_SPAWN_SETSIGDEF = 4;
    static final int POSIX_SPAWN_SETSIGMASK = 8;
    static final int POSIX_SPAWN_SETSID = 0x80;

    static final int P_PIDFD = 3;
    static final int WNOHANG = 1;
    static final int WEXITED = 4;
    static final int CLD_EXITED = 1;

    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MAP_PRIVATE = 2;
    static final int MAP_ANONYMOUS = 0x20;

    static final int POLLIN = 1;
    static final int EPOLL_CLOEXEC = 0x80000;
    static final int EPOLL_CTL_ADD = 1;
    static final int EPOLL_CTL_DEL = 2;
    static final int EPOLLIN = 1;
    static final int EPOLLONESHOT = 0x40000000;
    static final int EFD_CLOEXEC = 0x80000;
    static final int EFD_NONBLOCK = 0x800;

    static final int SYS_tgkill = 234;
    static final int SYS_pidfd_send_signal = 424;
    static final int SYS_pidfd_open = 434;

    static final int SIGURG = 23;

    static final int CLONE_NEWNET = 0x40000000;
    static final int MS_BIND = 0x1000;
    static final int MNT_DETACH = 2;
    static final int NS_GET_NSTYPE = 0xb703;

    static final int IFNAMSIZ = 16;
    static final int TUNSETIFF = 0x400454ca;
    static final int IFF_TAP = 2;
    static final int IFF_NO_PI = 0x1000;
    static final int IFF_VNET_HDR = 0x4000;
    static final int IFF_TUN_EXCL = 0x8000;

    private LinuxNumbers() {}
}
