package dev.yado.host;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import dev.yado.protocol.migration.Arrival;
import dev.yado.protocol.migration.ArrivalAnswer;
import dev.yado.protocol.migration.CarriedDisk;
import dev.yado.protocol.migration.Departure;
import dev.yado.protocol.migration.DepartureAnswer;
import dev.yado.protocol.migration.Forecast;
import dev.yado.protocol.migration.LayerOffer;
import dev.yado.protocol.migration.MigrationAgent;
import dev.yado.protocol.migration.MigrationId;
import dev.yado.telemetry.LogKey;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One host's part in moves, over HTTPS. */
record HttpMigrationAgent(HostAddress address, HttpCalls calls) implements MigrationAgent {
    private static final String ARRIVAL = "/v1/vms/{id}/arrival";
    private static final String DEPARTURE = "/v1/vms/{id}/departure";

    @Override
    public Forecast forecast(VmId vm, Forecast.Question question) {
        return ask("POST", "/v1/vms/{id}/forecast", vm, "", null, question, Forecast.class);
    }

    @Override
    public List<CarriedDisk> offerLayers(CallFence fence, VmId vm, LayerOffer offer) {
        return List.of(ask("PUT", DEPARTURE + "/layers", vm, "", fence, offer, CarriedDisk[].class));
    }

    @Override
    public ArrivalAnswer putArrival(CallFence fence, VmId vm, Arrival arrival) {
        return ask("PUT", ARRIVAL, vm, "", fence, arrival, ArrivalAnswer.class);
    }

    @Override
    public ArrivalAnswer settleArrival(CallFence fence, VmId vm, MigrationId migration) {
        return ask("DELETE", ARRIVAL, vm, "?migration=" + migration, fence, null, ArrivalAnswer.class);
    }

    @Override
    public ArrivalAnswer go(VmId vm, MigrationId migration) {
        return ask("POST", ARRIVAL + "/go", vm, "?migration=" + migration, null, null, ArrivalAnswer.class);
    }

    @Override
    public ArrivalAnswer arrival(VmId vm, MigrationId migration) {
        return ask("GET", ARRIVAL, vm, "?migration=" + migration, null, null, ArrivalAnswer.class);
    }

    @Override
    public DepartureAnswer putDeparture(CallFence fence, VmId vm, Departure departure) {
        return ask("PUT", DEPARTURE, vm, "", fence, departure, DepartureAnswer.class);
    }

    @Override
    public DepartureAnswer departure(VmId vm, MigrationId migration) {
        return ask("GET", DEPARTURE, vm, "?migration=" + migration, null, null, DepartureAnswer.class);
    }

    @Override
    public DepartureAnswer cancelDeparture(CallFence fence, VmId vm, MigrationId migration) {
        return ask("DELETE", DEPARTURE, vm, "?migration=" + migration, fence, null, DepartureAnswer.class);
    }

    @Override
    public VmReport release(CallFence fence, VmId vm, MigrationId migration, long generation) {
        String query = "?generation=" + generation + "&moved=" + migration;
        return ask("DELETE", "/v1/vms/{id}", vm, query, fence, null, VmReport.class);
    }

    private <T> T ask(
            String method,
            String path,
            VmId vm,
            String query,
            @Nullable CallFence fence,
            @Nullable Object body,
            Class<T> answer) {
        return calls.send(
                address,
                new HttpCalls.Request(
                        method + " " + path,
                        LogKey.VM,
                        vm,
                        method,
                        path.replace("{id}", vm.toString()) + query,
                        fence,
                        body),
                answer);
    }
}
