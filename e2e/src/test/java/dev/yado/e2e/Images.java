package dev.yado.e2e;

import java.util.Map;

/** The witness guest, uploaded once for all tenants. */
record Images(String disk, String kernel, String initrd, String bootSector) {
    /** What the guest's own documentation boots it with. */
    static final String CMDLINE = "console=ttyS0 quiet panic=0 cryptomgr.notests no_timer_check";

    private static @org.jspecify.annotations.Nullable Images shared;

    static synchronized Images shared() {
        if (shared == null) {
            shared = in(Cloud.shared());
        }
        return shared;
    }

    /** In a cloud of its own. */
    static Images in(Cloud cloud) {
        Api admin = cloud.admin();
        return new Images(
                upload(admin, "guest-disk", "qcow2", "disk.qcow2"),
                upload(admin, "guest-kernel", "raw", "vmlinuz"),
                upload(admin, "guest-initrd", "raw", "initrd.img"),
                upload(admin, "guest-boot-sector", "raw", "bootsector.img"));
    }

    Map<String, Object> directBoot() {
        return Map.of("kernelImageId", kernel, "initrdImageId", initrd, "cmdline", CMDLINE);
    }

    private static String upload(Api api, String name, String format, String file) {
        String id = api.post("/v1/images", Map.of("name", name, "format", format))
                .get("id")
                .asString();
        api.upload("/v1/images/" + id + "/content", Cloud.guest(file));
        return id;
    }
}
