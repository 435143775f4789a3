package dev.yado.vmmd.metrics;

import java.util.List;

/** Every metric of the daemon. */
enum HostMetric {
    VM_CPU("vmmd_vm_cpu_seconds_total", Type.COUNTER, "CPU time of the VM's QEMU, all threads", "id", "name"),
    VM_RESIDENT("vmmd_vm_resident_bytes", Type.GAUGE, "Memory that QEMU holds in RAM", "id", "name"),
    VM_MEMORY("vmmd_vm_memory_bytes", Type.GAUGE, "Memory of the machine, as wanted", "id", "name"),
    VM_VCPUS("vmmd_vm_vcpus", Type.GAUGE, "vCPUs of the machine, as wanted", "id", "name"),
    VM_STATE("vmmd_vm_state", Type.GAUGE, "1 for the state that the VM is in", "id", "name", "state"),
    VM_STARTS("vmmd_vm_starts_total", Type.COUNTER, "Starts by this daemon", "id", "name"),
    DISK_READ_BYTES("vmmd_vm_disk_read_bytes_total", Type.COUNTER, "Read by the guest", "id", "name", "disk"),
    DISK_WRITTEN_BYTES("vmmd_vm_disk_written_bytes_total", Type.COUNTER, "Written by the guest", "id", "name", "disk"),
    DISK_READS("vmmd_vm_disk_reads_total", Type.COUNTER, "Reads by the guest", "id", "name", "disk"),
    DISK_WRITES("vmmd_vm_disk_writes_total", Type.COUNTER, "Writes by the guest", "id", "name", "disk"),
    DISK_FLUSHES("vmmd_vm_disk_flushes_total", Type.COUNTER, "Flushes by the guest", "id", "name", "disk"),
    NIC_RECEIVED_BYTES("vmmd_vm_nic_received_bytes_total", Type.COUNTER, "Given to the guest", "id", "name", "nic"),
    NIC_RECEIVED("vmmd_vm_nic_received_packets_total", Type.COUNTER, "Given to the guest", "id", "name", "nic"),
    NIC_RECEIVE_DROPS("vmmd_vm_nic_receive_drops_total", Type.COUNTER, "Not given to the guest", "id", "name", "nic"),
    NIC_SENT_BYTES("vmmd_vm_nic_sent_bytes_total", Type.COUNTER, "Sent by the guest", "id", "name", "nic"),
    NIC_SENT("vmmd_vm_nic_sent_packets_total", Type.COUNTER, "Sent by the guest", "id", "name", "nic"),
    NIC_SEND_DROPS("vmmd_vm_nic_send_drops_total", Type.COUNTER, "Sent by the guest and dropped", "id", "name", "nic"),
    QMP_SECONDS("vmmd_qmp_seconds", Type.HISTOGRAM, "From a QMP command to QEMU's answer", "command"),
    QMP_FAILURES("vmmd_qmp_failures_total", Type.COUNTER, "Commands refused or not answered by QEMU", "command"),
    QEMU_SILENT("vmmd_qemu_silent_total", Type.COUNTER, "Times that a QEMU did not answer a scrape and was left out"),
    REPORTS_TAKEN("vmmd_reports_taken_total", Type.COUNTER, "Reports that the controller took"),
    REPORTS_FAILED("vmmd_reports_failed_total", Type.COUNTER, "Reports that no controller took"),
    REPORT_AGE("vmmd_report_age_seconds", Type.GAUGE, "Since the last report that the controller took"),
    POOL_BYTES("vmmd_pool_bytes", Type.GAUGE, "Size of the pool's file system"),
    POOL_FREE("vmmd_pool_free_bytes", Type.GAUGE, "Room in the pool's file system"),
    CPU("process_cpu_seconds_total", Type.COUNTER, "CPU time of the daemon"),
    RESIDENT("process_resident_memory_bytes", Type.GAUGE, "Memory that the daemon holds in RAM");

    enum Type {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    private final String word;
    private final Type type;
    private final String help;
    private final List<String> labels;

    HostMetric(String word, Type type, String help, String... labels) {
        this.word = word;
        this.type = type;
        this.help = help;
        this.labels = List.of(labels);
    }

    String word() {
        return word;
    }

    Type type() {
        return type;
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels;
    }
}
