package dev.yado.flow;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.yado.api.SignedPlans;
import dev.yado.backup.Backups;
import dev.yado.backup.SignsOfLife;
import dev.yado.drift.Drift;
import dev.yado.drift.HostInventories;
import dev.yado.drift.Invariants;
import dev.yado.host.BackupAgents;
import dev.yado.host.Fleet;
import dev.yado.host.HostAgents;
import dev.yado.host.HostReports;
import dev.yado.host.HostWitness;
import dev.yado.host.Hosts;
import dev.yado.host.MigrationAgents;
import dev.yado.host.NetworkAgents;
import dev.yado.host.SnapshotAgents;
import dev.yado.network.Networks;
import dev.yado.operation.Flow;
import dev.yado.operation.Operations;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.HostAgent;
import dev.yado.protocol.VmId;
import dev.yado.protocol.inventory.GuestStory;
import dev.yado.simulator.SimulatedHost;
import dev.yado.snapshot.Snapshots;
import dev.yado.trust.CertificateAuthority;
import dev.yado.vm.Vms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import javax.sql.DataSource;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.FilterType;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.FileSystemUtils;
import org.springframework.web.bind.annotation.RestController;

/** One controller without its HTTP side. It can die as a process dies: from one moment to the next it reaches nothing any more. */
public final class ControllerReplica implements AutoCloseable {
    /** All replicas have the same. */
    private static final CertificateAuthority AUTHORITY = CertificateAuthority.make();

    private final AnnotationConfigApplicationContext context;
    private final HikariDataSource database;
    private final Path state;

    private ControllerReplica(AnnotationConfigApplicationContext context, HikariDataSource database, Path state) {
        this.context = context;
        this.database = database;
        this.state = state;
    }

    /** @param more flows beside the product's */
    static ControllerReplica start(
            String name, String jdbcUrl, TestingCloud hosts, Interference interference, Class<?>... more) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(jdbcUrl);
        config.setMaximumPoolSize(16);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(10_000);
        HikariDataSource database = new HikariDataSource(config);
        Path state = temporaryDirectory();
        AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
        context.getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(
                        "replica",
                        Map.of(
                                "yado.state", state.toString(),
                                "yado.operations.instance", name,
                                "yado.operations.lease", "600ms",
                                "yado.operations.poll", "100ms",
                                "yado.hosts.lease", "2s",
                                "yado.drift.period", "500ms",
                                "yado.hooks.allowed-cidrs", "127.0.0.1/32",
                                "yado.hooks.first-pause", "100ms")));
        context.registerBean(DataSource.class, () -> database);
        context.registerBean(CertificateAuthority.class, () -> AUTHORITY);
        // Not the cloud itself, which the context would close.
        context.registerBean(HostAgents.class, () -> hosts::of);
        context.registerBean(NetworkAgents.class, () -> hosts::networkOf);
        context.registerBean(MigrationAgents.class, () -> hosts::migrationOf);
        context.registerBean(BackupAgents.class, () -> hosts.backups());
        context.registerBean(SnapshotAgents.class, () -> hosts::snapshotOf);
        context.registerBean(SignsOfLife.class, () -> hosts::lastWords);
        context.registerBean(HostWitness.class, () -> (host, vm, patience) -> story(hosts.of(host), vm));
        context.registerBean(BeanPostProcessor.class, () -> new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String beanName) {
                return bean instanceof Flow<?> flow ? interference.on(flow, database::close) : bean;
            }
        });
        context.register(Parts.class);
        if (more.length > 0) {
            context.register(more);
        }
        context.refresh();
        return new ControllerReplica(context, database, state);
    }

    @EnableConfigurationProperties
    @ConfigurationPropertiesScan("dev.yado")
    @ComponentScan(
            basePackages = {
                "dev.yado.alert",
                "dev.yado.backup",
                "dev.yado.snapshot",
                "dev.yado.event",
                "dev.yado.hook",
                "dev.yado.operation",
                "dev.yado.vm",
                "dev.yado.network",
                "dev.yado.router",
                "dev.yado.sync",
                "dev.yado.tenant",
                "dev.yado.host",
                "dev.yado.maintenance",
                "dev.yado.flow",
                "dev.yado.image",
                "dev.yado.migration",
                "dev.yado.drift",
                "dev.yado.reconcile"
            },
            excludeFilters = {
                @ComponentScan.Filter(type = FilterType.ANNOTATION, classes = RestController.class),
                @ComponentScan.Filter(type = FilterType.REGEX, pattern = "dev\\.yado\\.host\\.Http\\w+"),
                // Hosts are called in this process, where nobody needs a certificate and there is no CA to keep.
                @ComponentScan.Filter(
                        type = FilterType.REGEX,
                        pattern = "dev\\.yado\\.reconcile\\.(WatchCertificates|BackUpController)")
            })
    @Import(SignedPlans.class)
    static class Parts {
        @Bean
        JdbcTemplate jdbcTemplate(DataSource database) {
            return new JdbcTemplate(database);
        }

        @Bean
        JdbcClient jdbcClient(DataSource database) {
            return JdbcClient.create(database);
        }

        @Bean
        PlatformTransactionManager transactionManager(DataSource database) {
            return new JdbcTransactionManager(database);
        }

        @Bean
        TransactionTemplate transactionTemplate(PlatformTransactionManager manager) {
            return new TransactionTemplate(manager);
        }
    }

    public boolean alive() {
        return !database.isClosed();
    }

    /** As by kill -9. */
    public void die() {
        database.close();
    }

    void renewConnections() {
        if (alive()) {
            database.getHikariPoolMXBean().softEvictConnections();
        }
    }

    TransactionTemplate transactions() {
        return context.getBean(TransactionTemplate.class);
    }

    public Vms vms() {
        return context.getBean(Vms.class);
    }

    public Operations operations() {
        return context.getBean(Operations.class);
    }

    public HostReports reports() {
        return context.getBean(HostReports.class);
    }

    public Hosts hosts() {
        return context.getBean(Hosts.class);
    }

    public HostInventories inventories() {
        return context.getBean(HostInventories.class);
    }

    public Drift drift() {
        return context.getBean(Drift.class);
    }

    public Invariants invariants() {
        return context.getBean(Invariants.class);
    }

    private static GuestStory story(HostAgent host, VmId vm) {
        if (host instanceof SimulatedHost simulated) {
            return simulated.story(vm);
        }
        throw new HostAgent.HostRefusal(ErrorCode.NOT_FOUND, "no such VM");
    }

    public Networks networks() {
        return context.getBean(Networks.class);
    }

    public Backups backups() {
        return context.getBean(Backups.class);
    }

    public Snapshots snapshots() {
        return context.getBean(Snapshots.class);
    }

    public <T> T part(Class<T> type) {
        return context.getBean(type);
    }

    public Fleet fleet() {
        return context.getBean(Fleet.class);
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("yado-replica");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a dead process leaves in this one is cleared away behind the test's back: nobody waits for the dead. */
    @Override
    public void close() {
        if (alive()) {
            end();
        } else {
            Thread.startVirtualThread(this::end);
        }
        FileSystemUtils.deleteRecursively(state.toFile());
    }

    private void end() {
        context.close();
        database.close();
    }
}
