package org.unplug.block;

import java.util.List;

/**
 * What a disk says of its partitions.
 *
 * @param kind "dos" (master boot record) or "gpt" (GUID partition table)
 * @param id of the disk: eight hexadecimal digits for "dos", a GUID for "gpt"
 * @param partitions by number
 */
public record PartitionTable(String kind, String id, List<Partition> partitions) {

    public static final String DOS = "dos";
    public static final String GPT = "gpt";

    public PartitionTable {
        partitions = List.copyOf(partitions);
    }
}
