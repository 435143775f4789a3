package dev.yado.kernel;

/** A VM's cgroup, or why this host gives none. */
public sealed interface CgroupAnswer permits Cgroup, CgroupUnavailable {}
