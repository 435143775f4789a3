package dev.yado.kernel.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares every number and layout of this package with what the C compiler makes of the system's headers. */
class LayoutTest {
    private static final List<String> HEADERS = List.of(
            "errno.h",
            "fcntl.h",
            "linux/if.h",
            "linux/if_bridge.h",
            "linux/if_link.h",
            "linux/if_packet.h",
            "linux/if_tun.h",
            "linux/kvm.h",
            "linux/neighbour.h",
            "linux/netfilter/nf_conntrack_common.h",
            "linux/netfilter/nf_conntrack_tcp.h",
            "linux/netfilter/nf_tables.h",
            "linux/netfilter/nfnetlink.h",
            "linux/netfilter/nfnetlink_conntrack.h",
            "linux/netlink.h",
            "linux/nsfs.h",
            "linux/pkt_sched.h",
            "linux/rtnetlink.h",
            "linux/veth.h",
            "linux/virtio_net.h",
            "netinet/in.h",
            "poll.h",
            "sched.h",
            "signal.h",
            "spawn.h",
            "stddef.h",
            "stdio.h",
            "sys/epoll.h",
            "sys/eventfd.h",
            "sys/ioctl.h",
            "sys/mman.h",
            "sys/mount.h",
            "sys/socket.h",
            "sys/syscall.h",
            "sys/wait.h");

    @TempDir
    Path directory;

    @BeforeEach
    void needsCompiler() {
        assumeTrue(succeeds("gcc", "--version"), "no C compiler: layouts cannot be compared with the headers");
    }

    @Test
    void constantsAreThoseOfTheHeaders() throws Exception {
        Map<String, Long> ours = new TreeMap<>();
        ours.putAll(constants(LinuxNumbers.class));
        ours.putAll(constants(KvmNumbers.class));
        ours.putAll(constants(NetlinkNumbers.class));
        Stream.of(Errno.values())
                .filter(errno -> errno != Errno.OTHER)
                .forEach(errno -> ours.put(errno.name(), (long) errno.number()));
        Stream.of(KvmCapability.values())
                .forEach(capability -> ours.put("KVM_CAP_" + capability.name(), (long) capability.number()));
        assertThat(evaluatedByC(ours)).isEqualTo(ours);
    }

    @Test
    void layoutsAreThoseOfTheHeaders() throws Exception {
        Map<String, Long> ours = new TreeMap<>();
        Stream.of(
                        KvmLayouts.KVM_REGS,
                        KvmLayouts.KVM_SREGS,
                        KvmLayouts.KVM_SEGMENT,
                        KvmLayouts.KVM_USERSPACE_MEMORY_REGION,
                        KvmLayouts.KVM_CPUID2,
                        KvmLayouts.KVM_CPUID_ENTRY2,
                        LinuxLayouts.POLLFD,
                        LinuxLayouts.EPOLL_EVENT,
                        LinuxLayouts.SIGACTION,
                        LinuxLayouts.IFREQ,
                        LinuxLayouts.VIRTIO_NET_HDR,
                        NetlinkLayouts.NLMSGHDR,
                        NetlinkLayouts.NLATTR,
                        NetlinkLayouts.NLMSGERR,
                        NetlinkLayouts.IFINFOMSG,
                        NetlinkLayouts.IFADDRMSG,
                        NetlinkLayouts.NDMSG,
                        NetlinkLayouts.RTMSG,
                        NetlinkLayouts.NFGENMSG,
                        NetlinkLayouts.TCMSG,
                        NetlinkLayouts.TC_RATESPEC,
                        NetlinkLayouts.TC_TBF_QOPT,
                        NetlinkLayouts.SOCKADDR_LL)
                .forEach(layout -> {
                    ours.put("sizeof(struct " + name(layout) + ")", layout.byteSize());
                    ours.putAll(members(layout));
                });
        ours.putAll(members(KvmLayouts.KVM_RUN_PREFIX));
        ours.put("sizeof(posix_spawn_file_actions_t)", SpawnCalls.FILE_ACTIONS_BYTES);
        ours.put("sizeof(posix_spawnattr_t)", SpawnCalls.ATTRIBUTES_BYTES);
        ours.put("sizeof(sigset_t)", SpawnCalls.SIGNAL_SET_BYTES);
        ours.put("sizeof(siginfo_t)", LinuxLayouts.SIGINFO_BYTES);
        ours.put("offsetof(siginfo_t, si_code)", LinuxLayouts.SIGINFO_CODE);
        ours.put("offsetof(siginfo_t, si_pid)", LinuxLayouts.SIGINFO_PID);
        ours.put("offsetof(siginfo_t, si_status)", LinuxLayouts.SIGINFO_STATUS);
        ours.putAll(members(NetlinkLayouts.RTNL_LINK_STATS64_PREFIX));
        assertThat(evaluatedByC(ours)).isEqualTo(ours);
    }

    private static Map<String, Long> constants(Class<?> owner) throws IllegalAccessException {
        Map<String, Long> values = new TreeMap<>();
        for (Field field : owner.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
                values.put(field.getName(), field.getLong(null));
            }
        }
        return values;
    }

    private static Map<String, Long> members(StructLayout layout) {
        Map<String, Long> offsets = new TreeMap<>();
        for (MemoryLayout member : layout.memberLayouts()) {
            if (!(member instanceof PaddingLayout)) {
                String expression = "offsetof(struct " + name(layout) + ", " + name(member) + ")";
                offsets.put(expression, LinuxLayouts.offset(layout, name(member)));
            }
        }
        return offsets;
    }

    private static String name(MemoryLayout layout) {
        return layout.name().orElseThrow();
    }

    private Map<String, Long> evaluatedByC(Map<String, Long> expressions) throws IOException, InterruptedException {
        Path source = directory.resolve("layout.c");
        Files.writeString(source, program(expressions));
        Path binary = directory.resolve("layout");
        assertThat(succeeds("gcc", "-o", binary.toString(), source.toString())).isTrue();
        Process process = new ProcessBuilder(binary.toString()).start();
        Map<String, Long> values = new TreeMap<>();
        process.inputReader().lines().forEach(line -> {
            String[] pair = line.split("=");
            values.put(pair[0], Long.parseLong(pair[1]));
        });
        process.waitFor();
        return values;
    }

    private static String program(Map<String, Long> expressions) {
        String includes =
                HEADERS.stream().map(header -> "#include <" + header + ">\n").collect(Collectors.joining());
        String prints = expressions.keySet().stream()
                .map(expression -> "printf(\"%s=%%lld\\n\", (long long)(%s));%n".formatted(expression, expression))
                .collect(Collectors.joining());
        return "#define _GNU_SOURCE\n" + includes + "int main(void) {\n" + prints + "return 0; }\n";
    }

    private static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command)
                            .inheritIO()
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
