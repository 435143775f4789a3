package dev.yado.kernel;

/** File names and words in which the two cgroup interfaces differ. */
enum CgroupVersion {
    V1("memory.limit_in_bytes", "memory.oom_control", "cpu.shares", 1024),
    V2("memory.max", "memory.events", "cpu.weight", 100);

    final String memoryLimit;
    /** Holds a line {@code oom_kill N}. */
    final String oomEvents;

    final String cpuWeight;
    /** The weight of one vCPU: the kernel's default for a group. */
    final int weightOfOne;

    CgroupVersion(String memoryLimit, String oomEvents, String cpuWeight, int weightOfOne) {
        this.memoryLimit = memoryLimit;
        this.oomEvents = oomEvents;
        this.cpuWeight = cpuWeight;
        this.weightOfOne = weightOfOne;
    }

    /** The kernel takes 2 to 262144 shares and a weight of 1 to 10000. */
    int weight(int vcpus) {
        int most = this == V1 ? 262_144 : 10_000;
        return Math.clamp((long) weightOfOne * vcpus, 2, most);
    }
}
