package dev.yado.network.linux;

import dev.yado.kernel.netlink.NetlinkRequest;
import dev.yado.kernel.netlink.RouteSocket;
import dev.yado.network.Difference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A difference and what mends it. @param by whom, because a link may have to be made from outside its namespace */
record Change(Difference difference, RouteSocket by, List<NetlinkRequest> requests) {
    Change(Difference difference, RouteSocket by, NetlinkRequest... requests) {
        this(difference, by, List.of(requests));
    }

    /** Makes all of them, in their order, as many as possible in one call. */
    static List<Difference> run(List<Change> changes) throws IOException {
        int begin = 0;
        while (begin < changes.size()) {
            RouteSocket by = changes.get(begin).by();
            List<NetlinkRequest> batch = new ArrayList<>();
            int end = begin;
            while (end < changes.size() && changes.get(end).by() == by) {
                batch.addAll(changes.get(end).requests());
                end++;
            }
            by.run(batch);
            begin = end;
        }
        return changes.stream().map(Change::difference).toList();
    }
}
