package dev.yado.operation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * What this replica works on, and how room is shared. Urgent operations may take all of it; usual ones leave an eighth free for
 * those, background ones take a quarter at most. In one priority whoever has least in work is next, so that a lane with thousands
 * due gets no more than one with a few.
 */
final class InFlight {
    private final int limit;
    private final Map<Priority, Integer> byPriority = new EnumMap<>(Priority.class);
    private final Map<Lane, Integer> byLane = new HashMap<>();
    private boolean refused;

    InFlight(int limit) {
        this.limit = limit;
    }

    /** How many more of the priority may begin. */
    synchronized int room(Priority priority) {
        int all = byPriority.values().stream().mapToInt(Integer::intValue).sum();
        int ofPriority = byPriority.getOrDefault(priority, 0);
        int room = switch (priority) {
            case URGENT -> limit - all;
            case NORMAL -> limit - limit / 8 - all;
            case BACKGROUND -> Math.min(limit - limit / 8 - all, Math.max(1, limit / 4) - ofPriority);
        };
        return Math.max(0, room);
    }

    /** How much of the room each of these lanes gets; those that get nothing are left out. */
    synchronized Map<Lane, Integer> share(List<Lane> lanes, int room) {
        record Turn(Lane lane, int inWork, int order) {}
        PriorityQueue<Turn> turns =
                new PriorityQueue<>(Comparator.comparingInt(Turn::inWork).thenComparingInt(Turn::order));
        List<Lane> distinct = new ArrayList<>(lanes);
        for (int i = 0; i < distinct.size(); i++) {
            turns.add(new Turn(distinct.get(i), byLane.getOrDefault(distinct.get(i), 0), i));
        }
        Map<Lane, Integer> shares = new HashMap<>();
        for (int i = 0; i < room && !turns.isEmpty(); i++) {
            Turn next = turns.remove();
            shares.merge(next.lane(), 1, Integer::sum);
            turns.add(new Turn(next.lane(), next.inWork() + 1, next.order()));
        }
        return shares;
    }

    synchronized void begun(Lane lane) {
        byPriority.merge(lane.priority(), 1, Integer::sum);
        byLane.merge(lane, 1, Integer::sum);
    }

    /** @return whether something was refused for want of room, and may now be looked for again */
    synchronized boolean ended(Lane lane) {
        byPriority.merge(lane.priority(), -1, Integer::sum);
        byLane.computeIfPresent(lane, (_, count) -> count == 1 ? null : count - 1);
        boolean look = refused;
        refused = false;
        return look;
    }

    /** Something is due for which there was no room. @return whether there is some by now */
    synchronized boolean refuse(Priority priority) {
        boolean none = room(priority) == 0;
        refused |= none;
        return !none;
    }
}
