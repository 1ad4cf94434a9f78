/** Which protocol keeps which line of the contract, from executions; start at {@link org.unplug.lab.explore.matrix.Survey}. */
package org.unplug.lab.explore.matrix;
