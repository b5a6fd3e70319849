"""The operations worth a body per library; nt-autograd's ops are written on them."""
