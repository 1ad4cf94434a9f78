/** What is explored: small worlds over the real bundles' classes, with a driver and an oracle; start at {@link org.unplug.lab.explore.scene.Scenes}. */
package org.unplug.lab.explore.scene;
