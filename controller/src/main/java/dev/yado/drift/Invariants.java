package dev.yado.drift;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/** Queries that never return a row, whatever has happened and at whatever moment they are asked. */
@Component
public class Invariants {
    private static final Map<String, String> QUERIES = queries();

    private final JdbcTemplate jdbc;

    Invariants(JdbcTemplate jdbc) {
        this.jdbc = jdbc;
    }

    private static Map<String, String> queries() {
        Map<String, String> queries = new LinkedHashMap<>();
        queries.put("memory is promised twice", """
                SELECT 'host ' || h.id FROM host h JOIN (
                    SELECT host_id, memory_mib FROM allocation UNION ALL SELECT host_id, memory_mib FROM claim) a ON a.host_id = h.id
                GROUP BY h.id HAVING sum(a.memory_mib) > h.memory_mib
                """);
        queries.put("an allocation differs from the size of its VM", """
                SELECT 'VM ' || v.id FROM vm v JOIN allocation a ON a.vm_id = v.id
                WHERE (a.vcpus, a.memory_mib) IS DISTINCT FROM (v.vcpus, v.memory_mib)
                    OR a.disk_mib <> (SELECT coalesce(sum(size_mib), 0) FROM vm_disk d WHERE d.vm_id = v.id AND d.pool IS NULL)
                """);
        queries.put("a host is claimed without a move under way, or for a VM that is on it", """
                SELECT 'VM ' || c.vm_id || ' on host ' || c.host_id FROM claim c JOIN migration m ON m.id = c.migration_id
                LEFT JOIN allocation a ON a.vm_id = c.vm_id
                WHERE m.state = 'ENDED' OR m.vm_id <> c.vm_id OR a.host_id IS NULL OR a.host_id = c.host_id
                    OR c.arriving <> (m.state = 'OPEN') OR c.host_id NOT IN (m.from_host, m.to_host)
                """);
        queries.put("a move is under way and claims nothing", """
                SELECT 'migration ' || m.id FROM migration m
                WHERE m.state <> 'ENDED' AND NOT EXISTS (SELECT FROM claim c WHERE c.migration_id = m.id)
                """);
        queries.put("it is not known whose a VM is and no operation asks", """
                SELECT 'migration ' || m.id FROM migration m WHERE m.state = 'OPEN' AND m.began_at < now() - interval '5 minutes'
                    AND NOT EXISTS (SELECT FROM operation o WHERE o.target_id = m.vm_id AND o.ended_at IS NULL)
                    AND NOT EXISTS (SELECT FROM host h WHERE h.id IN (m.from_host, m.to_host) AND h.lease_until < now())
                """);
        queries.put("a VM that moves runs under the permission that is kept for its new host", """
                SELECT 'VM ' || v.id FROM vm v JOIN migration m ON m.vm_id = v.id WHERE m.state = 'OPEN' AND v.run_epoch = m.run_epoch
                """);
        queries.put("a VM names an operation of another object", """
                SELECT 'VM ' || v.id FROM vm v JOIN operation o ON o.id = v.operation_id WHERE o.target_id <> v.id
                """);
        queries.put("a VM may run and was never given a run epoch", """
                SELECT 'VM ' || id FROM vm WHERE desired_state IN ('RUNNING', 'PAUSED') AND run_epoch < 1
                """);
        queries.put("an operation has ended and somebody holds its lease", """
                SELECT 'operation ' || id FROM operation WHERE ended_at IS NOT NULL AND lease_owner IS NOT NULL
                """);
        queries.put("an operation is due for minutes and nobody takes it", """
                SELECT 'operation ' || id FROM operation WHERE ended_at IS NULL AND wake_at < now() - interval '5 minutes'
                """);
        queries.put("an operation is open although its VM is gone", """
                SELECT 'operation ' || o.id FROM operation o WHERE ended_at IS NULL AND kind LIKE '%Vm'
                    AND created_at < now() - interval '1 minute' AND NOT EXISTS (SELECT FROM vm v WHERE v.id = o.target_id)
                """);
        queries.put("a disk is made from another tenant's image", """
                SELECT 'disk ' || d.id FROM vm_disk d JOIN vm v ON v.id = d.vm_id JOIN image i ON i.id = d.image_id
                WHERE i.tenant_id IS NOT NULL AND i.tenant_id <> v.tenant_id
                """);
        queries.put("a VM has not the cards that its row counts, or a card of a VM has no address", """
                SELECT 'VM ' || v.id FROM vm v LEFT JOIN nic n ON n.vm_id = v.id GROUP BY v.id HAVING count(n.id) <> v.nics
                UNION ALL SELECT 'card ' || n.id FROM nic n
                WHERE n.vm_id IS NOT NULL AND NOT EXISTS (SELECT FROM address a WHERE a.nic_id = n.id)
                """);
        queries.put("a floating IP leads to what its card has not, or through a router that is not between", """
                SELECT 'floating IP ' || f.id FROM floating_ip f JOIN nic n ON n.id = f.nic_id
                WHERE NOT EXISTS (SELECT FROM address a WHERE a.nic_id = n.id AND a.ip = f.fixed)
                    OR NOT EXISTS (SELECT FROM router r JOIN router_leg l ON l.router_id = r.id
                        WHERE r.id = f.router_id AND r.uplink_network_id = f.network_id AND l.network_id = n.network_id)
                """);
        queries.put("subnets of one router overlap", """
                SELECT 'router ' || n.router_id FROM nic n JOIN address a ON a.nic_id = n.id
                JOIN nic o ON o.router_id = n.router_id JOIN address b ON b.nic_id = o.id AND b.subnet_id > a.subnet_id
                WHERE a.cidr && b.cidr
                """);
        queries.put("an address is taken and free", """
                SELECT host(a.ip) || ' of network ' || a.network_id FROM address a JOIN address_released r
                    ON r.subnet_id = a.subnet_id AND r.ip = a.ip
                """);
        queries.put("an address is kept for a floating IP that is gone, or for another tenant's card", """
                SELECT host(a.ip) || ' of network ' || a.network_id FROM address a LEFT JOIN nic n ON n.id = a.nic_id
                WHERE a.use = 'FLOATING' AND NOT EXISTS (SELECT FROM floating_ip f WHERE f.network_id = a.network_id AND f.ip = a.ip)
                    OR a.use = 'NIC' AND a.tenant_id IS NOT NULL AND a.tenant_id <> n.tenant_id
                """);
        queries.put("a card is in another tenant's network", """
                SELECT 'card ' || n.id FROM nic n JOIN network w ON w.id = n.network_id
                WHERE w.tenant_id IS NOT NULL AND w.tenant_id <> n.tenant_id
                """);
        return queries;
    }

    /** What is broken, each with the rows that break it; empty when all holds. */
    public Map<String, List<String>> violations() {
        Map<String, List<String>> broken = new LinkedHashMap<>();
        QUERIES.forEach((wrong, query) -> {
            List<String> found = new ArrayList<>(jdbc.queryForList(query, String.class));
            if (!found.isEmpty()) {
                broken.put(wrong, found);
            }
        });
        return broken;
    }
}
