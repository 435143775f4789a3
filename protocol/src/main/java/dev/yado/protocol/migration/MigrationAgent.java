package dev.yado.protocol.migration;

import dev.yado.protocol.CallFence;
import dev.yado.protocol.ErrorCode;
import dev.yado.protocol.VmId;
import dev.yado.protocol.VmReport;
import java.util.List;

/**
 * What a controller asks of the two hosts of a move, and what the source asks of the destination. Every call is idempotent and may
 * be repeated or lost without harm.
 *
 * <pre>
 * controller                       source                          destination
 *   offerLayers ---------------->  the destination may read           (for a VM that has snapshots)
 *   putArrival ------------------------------------------------->  PREPARING .. READY     guest is held at its first instruction
 *   putDeparture --------------->  COPYING                         (memory, disks)
 *                                  SWITCHING: guest is held
 *                                  QEMU has sent all
 *                                     go ------------------------>  ARRIVED                guest runs, under the newer epoch
 *                                  HANDED_OVER
 *   settleArrival ---------------------------------------------->  ARRIVED or ABORTED     the destination decides, once, for good
 *   ARRIVED: ownership moves in one transaction
 *   release -------------------->  nothing left but disks that both share
 * </pre>
 *
 * <p>The source lets its guest run again only while it has not said {@code go}, or after the destination has said ABORTED. When it
 * does not know (the answer to {@code go} was lost), it is IN_DOUBT: the guest is held until one of them is known, from the
 * destination itself or from the controller.
 *
 * <p>Over HTTP: {@code PUT, GET, DELETE /v1/vms/{id}/arrival[?migration=M]}, {@code POST /v1/vms/{id}/arrival/go?migration=M} and
 * {@code .../arrival/flows?migration=M} (these two and the {@code GET} take another host's certificate: that of {@link Arrival#from}),
 * {@code PUT, GET, DELETE /v1/vms/{id}/departure[?migration=M]}, {@code PUT /v1/vms/{id}/departure/layers} and, with the destination's
 * certificate, {@code GET /v1/vms/{id}/departure/layers/{file}?migration=M},
 * {@code DELETE /v1/vms/{id}?generation=N&moved=M}, {@code POST /v1/vms/{id}/forecast}.
 */
public interface MigrationAgent {

    /**
     * Looks at the guest for about a second and says what its move would be like.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#NOT_FOUND} when the VM is not here
     */
    Forecast forecast(VmId vm, Forecast.Question question);

    /**
     * Lets the destination read the files that have what snapshots of the VM have, of disks that are in no shared pool, and says which
     * these are; none for a VM without. Holds until the next offer of the VM, its release, or the end of the daemon.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#NOT_FOUND} when the VM is not here; {@link ErrorCode#CONFLICT}
     *     while something is done about its snapshots
     */
    List<CarriedDisk> offerLayers(CallFence fence, VmId vm, LayerOffer offer);

    /**
     * Makes ready for a VM that comes from elsewhere: what its snapshots have, disks, cards, a process that waits for the guest. Returns when it is ready, after
     * half a second at the latest; the same call again answers how far it is.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#STALE_GENERATION} as for a spec, or when this migration was
     *     aborted here; {@link ErrorCode#CONFLICT} when the VM is here already
     */
    ArrivalAnswer putArrival(CallFence fence, VmId vm, Arrival arrival);

    /**
     * Ends the waiting: a guest that has not been let run is not let run any more, and what was made for it goes (never a disk that
     * both hosts share). Final: ARRIVED or ABORTED, also for a migration that was never heard of here, which is ABORTED from then on.
     */
    ArrivalAnswer settleArrival(CallFence fence, VmId vm, MigrationId migration);

    /**
     * From the source, once while the guest still runs there and, if there are newer ones, again when it is held: flows of its cards, which
     * the destination then knows as such. What is lost here costs a guest connections only, so it is never waited for long.
     */
    default void flows(VmId vm, MigrationId migration, List<MovedFlow> flows) {}

    /**
     * From the source, when everything has been sent: lets the guest run. ARRIVED, or ABORTED when it was settled before or when not
     * everything has come. To be said again by a source that had no answer.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#NOT_FOUND} for a migration that was never heard of here
     */
    ArrivalAnswer go(VmId vm, MigrationId migration);

    /** How far it is; {@link ArrivalAnswer.Phase#ABORTED} for one that is not known here. Decides nothing. */
    ArrivalAnswer arrival(VmId vm, MigrationId migration);

    /**
     * Begins to move the VM to a destination that is READY, or changes the goal of the move that is under way. Returns at once; from
     * then on the source carries it to an end by itself, by its goal's deadline, whether it is asked again or not.
     *
     * @throws dev.yado.protocol.HostAgent.HostRefusal {@link ErrorCode#STALE_GENERATION}; {@link ErrorCode#CONFLICT} when another
     *     migration of the VM is under way; {@link ErrorCode#NOT_FOUND} when the VM is not here
     */
    DepartureAnswer putDeparture(CallFence fence, VmId vm, Departure departure);

    /** How far it is. May wait for the end of copying and switching over, for half a second at most. */
    DepartureAnswer departure(VmId vm, MigrationId migration);

    /** Breaks it off while that can be done: then the guest goes on here, STAYED. Else the answer says how far it is. */
    DepartureAnswer cancelDeparture(CallFence fence, VmId vm, MigrationId migration);

    /**
     * The VM belongs to the other host now: ends its process here and removes what is only this host's. Disks that both share stay.
     * Returns ABSENT when nothing is left.
     *
     * @param generation of the spec that the destination has: a late word under an older one cannot bring it back
     */
    VmReport release(CallFence fence, VmId vm, MigrationId migration, long generation);
}
