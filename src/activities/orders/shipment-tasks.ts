// Under which keys the tasks about shipments stand: opened by one activity, closed by others.

/** Of goods that should not have left the house. */
export function contestedTaskKey(shipmentId: string): string {
  return `shipment_contested/${shipmentId}`;
}

/** Of goods that failed their check. */
export function qualityTaskKey(shipmentId: string): string {
  return `quality_failed/${shipmentId}`;
}
