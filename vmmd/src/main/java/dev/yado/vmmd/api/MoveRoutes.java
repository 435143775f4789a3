package dev.yado.vmmd.api;

import dev.yado.protocol.DesiredState;
import dev.yado.protocol.DiskId;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.YadoException;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.Carried;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.LayerOffer;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.protocol.migration.MovedFlow;
import dev.yado.protocol.trust.Machine;
import dev.yado.vmmd.vm.Moves;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The routes of moves. Those that a source says to its destination take that one host's certificate besides a controller's. */
final class MoveRoutes {
    private static final int MOST_CERTIFICATES = 64 << 10;
    private static final int MOST_FLOW_BYTES = 16 << 20;
    private final Moves moves;

    MoveRoutes(Moves moves) {
        this.moves = moves;
    }

    /** Answered to a host as well, which {@link #route} then has to know as the one that the guest comes from. */
    static boolean isForHosts(String method, String[] parts) {
        return switch (method + " " + words(parts)) {
            case "GET arrival", "POST arrival/flows", "POST arrival/go" -> true;
            default -> isLayer(method, parts);
        };
    }

    private static boolean isLayer(String method, String[] parts) {
        return method.equals("GET") && parts.length == 6 && words(parts).startsWith("departure/layers/");
    }

    /** @return false when the path is none of moves */
    boolean route(String method, String[] parts, Exchange exchange, Machine caller) throws IOException {
        switch (method + " " + words(parts)) {
            case "PUT arrival" -> {
                Arrival arrival = exchange.body(Arrival.class);
                check(vm(parts), arrival);
                exchange.answer(moves.putArrival(exchange.fence(), vm(parts), arrival));
            }
            case "GET arrival" -> {
                requireSource(vm(parts), migration(exchange), caller);
                exchange.answer(moves.arrival(vm(parts), migration(exchange)));
            }
            case "DELETE arrival" ->
                exchange.answer(moves.settleArrival(exchange.fence(), vm(parts), migration(exchange)));
            case "POST arrival/go" -> {
                requireSource(vm(parts), migration(exchange), caller);
                exchange.answer(moves.go(vm(parts), migration(exchange)));
            }
            case "POST arrival/flows" -> {
                requireSource(vm(parts), migration(exchange), caller);
                MovedFlow[] flows = exchange.body(MovedFlow[].class, MOST_FLOW_BYTES);
                require(Stream.of(flows).allMatch(MoveRoutes::isWhole), "a flow is not whole");
                moves.flows(vm(parts), migration(exchange), List.of(flows));
                exchange.answer(moves.arrival(vm(parts), migration(exchange)));
            }
            case "PUT departure" -> {
                Departure departure = exchange.body(Departure.class);
                check(departure);
                exchange.answer(moves.putDeparture(exchange.fence(), vm(parts), departure));
            }
            case "PUT departure/layers" -> {
                LayerOffer offer = exchange.body(LayerOffer.class);
                require(offer.id() != null, "id is missing");
                require(offer.to() != null, "to is missing");
                exchange.answer(moves.offerLayers(exchange.fence(), vm(parts), offer));
            }
            case "GET departure" -> exchange.answer(moves.departure(vm(parts), migration(exchange)));
            case "DELETE departure" ->
                exchange.answer(moves.cancelDeparture(exchange.fence(), vm(parts), migration(exchange)));
            case "POST forecast" -> {
                Forecast.Question question = exchange.body(Forecast.Question.class);
                require(question.goal() != null, "goal is missing");
                exchange.answer(moves.forecast(vm(parts), question));
            }
            default -> {
                if (!isLayer(method, parts)) {
                    return false;
                }
                requireReader(vm(parts), migration(exchange), caller);
                send(moves.layer(vm(parts), migration(exchange), parts[5]), exchange);
            }
        }
        return true;
    }

    private static void send(Path file, Exchange exchange) throws IOException {
        try (InputStream from = Files.newInputStream(file);
                OutputStream to = exchange.begin("application/octet-stream", Files.size(file))) {
            from.transferTo(to);
        }
    }

    void release(VmId vm, Exchange exchange) throws IOException {
        exchange.answer(
                moves.release(exchange.fence(), vm, migration(exchange, "moved"), exchange.number("generation")));
    }

    /** What stands after the VM's id. */
    private static String words(String[] parts) {
        return parts.length > 3 && parts[1].equals("vms")
                ? String.join("/", List.of(parts).subList(3, parts.length))
                : "";
    }

    private static VmId vm(String[] parts) {
        return VmId.of(parts[2]);
    }

    private static MigrationId migration(Exchange exchange) {
        return migration(exchange, "migration");
    }

    private static MigrationId migration(Exchange exchange, String name) {
        return MigrationId.of(exchange.text(name)
                .orElseThrow(() -> new YadoException(ErrorCode.INVALID_REQUEST, "The query needs " + name + "=ID.")));
    }

    private void requireReader(VmId vm, MigrationId migration, Machine caller) {
        require(caller.role() == Machine.Role.HOST, "a host fetches what goes with a guest to it, nobody else");
        if (moves.reader(vm, migration)
                .filter(reader -> reader.value().equals(caller.id()))
                .isEmpty()) {
            throw new YadoException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "The call is refused: nothing of VM " + vm + " is offered to " + caller + " for this migration.");
        }
    }

    private void requireSource(VmId vm, MigrationId migration, Machine caller) {
        if (caller.role() == Machine.Role.HOST
                && moves.source(vm, migration)
                        .filter(source -> source.value().equals(caller.id()))
                        .isEmpty()) {
            throw new YadoException(
                    ErrorCode.CERTIFICATE_REFUSED,
                    "The call is refused: no guest comes from " + caller + " by this migration.");
        }
    }

    private static void check(VmId vm, Arrival arrival) {
        require(arrival.id() != null, "id is missing");
        require(arrival.from() != null, "from is missing");
        require(arrival.spec() != null, "spec is missing");
        require(arrival.giveUpAt() != null, "giveUpAt is missing");
        certificates("sourceCertificates", arrival.sourceCertificates());
        SpecCheck.check(vm, arrival.spec());
        boolean pinned =
                arrival.spec().model() != null && arrival.spec().model().machineType() != null;
        require(
                arrival.spec().desired() == DesiredState.STOPPED || (arrival.accelerator() != null && pinned),
                "a guest comes with its accelerator and its machine type");
        copied(arrival.copied(), arrival);
        Carried carried = arrival.carried();
        if (carried != null) {
            check(carried, arrival);
        }
    }

    private static void check(Carried carried, Arrival arrival) {
        url("sourceUrl", carried.sourceUrl());
        require(
                carried.disks().stream().allMatch(disk -> disk.disk() != null && disk.top() != null),
                "a carried disk is not whole");
        require(
                arrival.copied()
                        .containsAll(
                                carried.disks().stream().map(CarriedDisk::disk).toList()),
                "a disk is carried that is not copied");
    }

    private static void url(String field, @Nullable String url) {
        require(url != null && "https".equals(URI.create(url).getScheme()), field + " begins with https://");
    }

    private static void copied(List<DiskId> copied, Arrival arrival) {
        Set<DiskId> disks = Set.copyOf(
                arrival.spec().shape().disks().stream().map(disk -> disk.id()).toList());
        require(disks.containsAll(copied), "copied names a disk that the VM has not");
    }

    private static boolean isWhole(@Nullable MovedFlow flow) {
        return flow != null && flow.network() != null && isWhole(flow.original()) && isWhole(flow.reply());
    }

    private static boolean isWhole(MovedFlow.@Nullable Tuple tuple) {
        return tuple != null
                && tuple.source() != null
                && tuple.destination() != null
                && tuple.source().v6() == tuple.destination().v6();
    }

    private static void check(Departure departure) {
        require(departure.id() != null, "id is missing");
        require(departure.to() != null, "to is missing");
        require(departure.goal() != null, "goal is missing");
        url("destinationUrl", departure.destinationUrl());
        require(
                departure.endpoint() != null
                        && departure.endpoint().address() != null
                        && departure.endpoint().address().matches("[0-9A-Fa-f:.]{2,45}")
                        && departure.endpoint().tlsName() != null,
                "endpoint is not whole");
        certificates("destinationCertificates", departure.destinationCertificates());
    }

    private static void certificates(String field, @Nullable String pem) {
        require(
                pem != null && pem.length() <= MOST_CERTIFICATES && pem.contains("BEGIN CERTIFICATE"),
                field + " has no certificates");
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new YadoException(ErrorCode.INVALID_REQUEST, "The move is refused: " + otherwise + ".");
        }
    }
}
