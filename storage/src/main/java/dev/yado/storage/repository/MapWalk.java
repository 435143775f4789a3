package dev.yado.storage.repository;

import dev.yado.storage.repository.chunk.ChunkDamage;
import dev.yado.storage.repository.chunk.Locator;
import dev.yado.storage.repository.map.Branch;
import dev.yado.storage.repository.map.Leaf;
import java.util.HashSet;
import java.util.Set;

/** Goes through the maps of backups. Nodes that it has seen, of whatever backup, it does not enter again. */
final class MapWalk {
    private final ChunkReader reader;
    private final Set<Locator> seen = new HashSet<>();

    MapWalk(ChunkReader reader) {
        this.reader = reader;
    }

    interface Visitor {
        /** A node of a map. It may turn out to be damaged. */
        void node(Locator where);

        void chunk(Locator where);

        /** What is below that node remains unknown. */
        void damaged(ChunkDamage node);
    }

    void walk(Manifest manifest, Visitor visitor) {
        for (Manifest.DiskMap disk : manifest.disks()) {
            for (Locator branch : disk.branches()) {
                if (branch != null && seen.add(branch)) {
                    branch(branch, visitor);
                }
            }
        }
    }

    private void branch(Locator where, Visitor visitor) {
        visitor.node(where);
        Branch branch;
        try {
            branch = reader.branch(where);
        } catch (ChunkDamage damage) {
            visitor.damaged(damage);
            return;
        }
        for (Locator leaf : branch.leaves()) {
            if (leaf != null && seen.add(leaf)) {
                leaf(leaf, visitor);
            }
        }
    }

    private void leaf(Locator where, Visitor visitor) {
        visitor.node(where);
        Leaf leaf;
        try {
            leaf = reader.leaf(where);
        } catch (ChunkDamage damage) {
            visitor.damaged(damage);
            return;
        }
        leaf.chunks().forEach(visitor::chunk);
    }
}
