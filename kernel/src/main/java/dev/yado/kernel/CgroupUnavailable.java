package dev.yado.kernel;

/** @param reason for the host's report; guests run without their own cgroup then */
public record CgroupUnavailable(String reason) implements CgroupAnswer {}
