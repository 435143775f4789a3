package dev.yado.operation;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** The engine as one controller replica runs it, without the rest of the controller. */
public final class TestingReplica implements AutoCloseable {
    private final JdbcTemplate jdbc;
    private final TransactionTemplate transactions;
    private final Operations operations;
    private final OperationQueue queue;
    private final OperationRows rows;
    private final OperationDispatcher dispatcher;
    private final RetryTimer timer;

    public TestingReplica(DataSource dataSource, OperationSettings settings, Collection<Flow<?>> flows) {
        jdbc = new JdbcTemplate(dataSource);
        transactions = new TransactionTemplate(new JdbcTransactionManager(dataSource));
        FlowCatalog catalog = new FlowCatalog(flows);
        WakeChannel wakes = new WakeChannel(dataSource);
        rows = new OperationRows(jdbc);
        queue = new OperationQueue(jdbc);
        timer = new RetryTimer(wakes);
        UndoPath undoPath = new UndoPath(rows);
        WakeUps wakeUps = new WakeUps(queue, wakes);
        operations = new Operations(
                jdbc,
                catalog,
                wakeUps,
                new Cancels(jdbc, catalog, undoPath, wakes, transactions),
                new OperationViews(jdbc, catalog),
                wakes);
        dispatcher = new OperationDispatcher(
                settings,
                new ReplicaName(dataSource, settings),
                queue,
                new OperationRunner(
                        catalog,
                        rows,
                        wakeUps,
                        undoPath,
                        transactions,
                        wakes,
                        timer,
                        new HaltPoint(settings),
                        settings),
                wakes);
    }

    /** Short times, so that a test that waits for one does not wait long. */
    public static OperationSettings quick(String instance) {
        return new OperationSettings(
                instance, Duration.ofMillis(600), 64, Duration.ofMillis(100), Duration.ofMillis(400), null);
    }

    public TestingReplica start() {
        dispatcher.start();
        return this;
    }

    public Operations operations() {
        return operations;
    }

    public TransactionTemplate transactions() {
        return transactions;
    }

    public JdbcTemplate jdbc() {
        return jdbc;
    }

    /** All that is due. */
    List<Claim> claim(String owner, Duration lease) {
        return queue.claim(owner, lease, queue.dueLanes().stream().collect(Collectors.toMap(lane -> lane, _ -> 1_000)));
    }

    OperationQueue queue() {
        return queue;
    }

    OperationRows rows() {
        return rows;
    }

    @Override
    public void close() {
        dispatcher.stop();
        timer.stop();
    }
}
