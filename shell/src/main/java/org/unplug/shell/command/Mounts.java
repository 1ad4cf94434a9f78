package org.unplug.shell.command;

import java.util.List;
import org.unplug.block.DiskInfo;

/** What a list of disks wants to know of the layer above, where there is one. Any thread; never blocks. */
interface Mounts {

    /** Where exactly this incarnation of a disk is mounted: one that came again under the same name is not. */
    List<String> of(DiskInfo disk);
}
