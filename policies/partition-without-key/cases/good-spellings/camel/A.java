String tenantId;
