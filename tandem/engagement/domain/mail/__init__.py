"""Incoming mail: any bytes as headers, texts and parts; what kind it is; what a delivery report says."""
